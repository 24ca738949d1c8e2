import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';

// What requests have in common: one rule for each kind of field, whichever request it comes with.

// Line breaks and marks that turn the direction of the text around them would let a name pose as something else.
const ONE_LINE = /^[^\p{Cc}\u202A-\u202E\u2066-\u2069]*$/u;
const ID = /^[0-9a-f]{32}$/;
const VIEWER_ID = /^[a-z][a-z0-9-]{0,31}$/;

const trimmed = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.trim() : value;

const listed = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',') : value;

/** One line that a person typed, without white space around it. */
export const PlainText = (shortest: number, longest: number) =>
  applyDecorators(Transform(trimmed), IsString(), Length(shortest, longest), Matches(ONE_LINE));

/** `YYYY-MM-DD`, a day that exists. */
export const CalendarDate = () =>
  applyDecorators(IsISO8601({ strict: true }), Matches(/^(19|20)\d\d-\d\d-\d\d$/));

/** Of anything that this product gave an id. */
export const Id = () => Matches(ID);

/** At least one, and none twice. */
export const Ids = (most: number) =>
  applyDecorators(IsArray(), ArrayMinSize(1), ArrayMaxSize(most), ArrayUnique(), Matches(ID, { each: true }));

/** The same in the query of an address, with commas between. */
export const ListedIds = (most: number) => applyDecorators(Transform(listed), Ids(most));

export const ViewerId = () => Matches(VIEWER_ID);

/** A number that may be left out; the property says again what it is then. */
export const WholeNumber = (range: {
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}) =>
  applyDecorators(
    ApiPropertyOptional({ default: range.otherwise, minimum: range.least, maximum: range.most }),
    IsOptional(),
    IsInt(),
    Min(range.least),
    Max(range.most),
  );
