import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Control } from '@vitrine/delegation';
import { ISOLATIONS, type Isolation } from '@vitrine/hypervisor';
import { MOST_EGRESS_TARGETS } from '@vitrine/session-host';
import {
  SESSION_STATES,
  SESSION_STEPS,
  type EndReason,
  type ParticipantView,
  type SessionState,
  type SessionStep,
  type SessionView,
} from '@vitrine/sessions';
import { Ids, ViewerId } from '../http/index.js';

export const MOST_ITEMS = 200;

export class StartSessionDto {
  @ApiProperty({ type: [String], description: 'What to open: ids of things in the record.' })
  @Ids(MOST_ITEMS)
  itemIds!: string[];

  @ApiPropertyOptional({ description: 'The best fitting viewer if absent.' })
  @IsOptional()
  @ViewerId()
  viewerId?: string;

  @ApiPropertyOptional({
    type: [String],
    description:
      'Whom the person lets the viewer speak with, as the viewer’s `egress` names them. Without it the viewer speaks with nobody.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_EGRESS_TARGETS)
  @IsString({ each: true })
  @MaxLength(259, { each: true })
  egress?: string[];
}

class SessionEgressDto {
  @ApiProperty({ type: [String], description: 'With whom it may speak.' })
  to!: readonly string[];

  @ApiProperty({ description: 'False once somebody was let in, or it was forbidden: then it stays so.' })
  open!: boolean;
}

export class SessionParticipantDto implements ParticipantView {
  @ApiProperty()
  id!: string;

  @ApiProperty({ description: 'As a visitor typed it: untrusted text.' })
  name!: string;

  @ApiProperty()
  initials!: string;

  @ApiProperty({ enum: ['account', 'visitor'] })
  kind!: 'account' | 'visitor';

  @ApiProperty({ enum: ['view', 'control'] })
  control!: Control;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ description: 'It is the reader, in this or another window.' })
  you!: boolean;
}

export class SessionStandingDto {
  @ApiProperty({ description: 'How many are started before it.' })
  ahead!: number;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'All places are taken, and one is free by then at the latest.',
  })
  freeBy?: string;
}

class SessionViewerDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ enum: ISOLATIONS, enumName: 'Isolation', description: 'The walls around it.' })
  isolation!: Isolation;
}

const END_REASONS: readonly EndReason[] = [
  'stopped',
  'time-up',
  'idle',
  'revoked',
  'viewer-crashed',
  'out-of-memory',
  'guest-lost',
  'too-large',
  'start-failed',
  'took-too-long',
  'ended-by-admin',
];

export class SessionDto implements SessionView {
  @ApiProperty()
  id!: string;

  @ApiProperty({ enum: SESSION_STATES, enumName: 'SessionState' })
  state!: SessionState;

  @ApiProperty({
    enum: SESSION_STEPS,
    enumName: 'SessionStep',
    description: 'How far the way to the picture is.',
  })
  step!: SessionStep;

  @ApiProperty({ description: 'What happens now, in one plain sentence.' })
  message!: string;

  @ApiPropertyOptional({ type: SessionStandingDto, description: 'While it waits for a place.' })
  standing?: SessionStandingDto;

  @ApiProperty({ description: 'What is shown.' })
  title!: string;

  @ApiProperty({ type: SessionViewerDto })
  viewer!: SessionViewerDto;

  @ApiProperty({ type: [String] })
  itemIds!: readonly string[];

  @ApiPropertyOptional({
    type: SessionEgressDto,
    description: 'Only where the reader let it speak with others when it was started.',
  })
  egress?: SessionEgressDto;

  @ApiProperty({ enum: ['view', 'control'], description: 'What the reader may do in it.' })
  control!: Control;

  @ApiPropertyOptional({
    description:
      'Stands over the picture as the reader sees it: who the reader is. Without it: nothing does. Names in it are isolated (U+2068, U+2069).',
    example: 'Dr Weber · 2026-11-26',
  })
  watermark?: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it ends if nobody touches it until then.' })
  idleEndsAt!: string;

  @ApiPropertyOptional({ enum: END_REASONS, enumName: 'SessionEndReason' })
  endReason?: EndReason;

  @ApiProperty({ type: [SessionParticipantDto], description: 'Who looks at this moment.' })
  participants!: readonly SessionParticipantDto[];

  @ApiProperty({ description: 'The reader is the patient and may stop it.' })
  mine!: boolean;

  @ApiProperty({
    description: 'The reader may make links to it. Not of a deposit that waits for an answer.',
  })
  shareable!: boolean;

  @ApiProperty({ description: 'What is saved in it waits for the reader’s yes or no once it is closed.' })
  saves!: boolean;

  @ApiProperty({
    description:
      'It is no viewer but a copy of an image that an admin changes, with made data and a network.',
  })
  build!: boolean;
}

export class TicketDto {
  @ApiProperty({ description: 'Good for one join of this browser within 30 seconds.' })
  ticket!: string;

  @ApiProperty({ example: '/display' })
  path!: string;
}
