import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsISO8601, IsString, Length, Matches } from 'class-validator';

// Line breaks and marks that turn the direction of the text around them would let a name pose as something else.
const ONE_LINE = /^[^\p{Cc}\u202A-\u202E\u2066-\u2069]*$/u;

const trimmed = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.trim() : value;

/** One line that a person typed, without white space around it. */
export const PlainText = (shortest: number, longest: number) =>
  applyDecorators(Transform(trimmed), IsString(), Length(shortest, longest), Matches(ONE_LINE));

/** `YYYY-MM-DD`, a day that exists. */
export const CalendarDate = () =>
  applyDecorators(IsISO8601({ strict: true }), Matches(/^(19|20)\d\d-\d\d-\d\d$/));
