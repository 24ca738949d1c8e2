import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { ISOLATIONS, type Isolation } from '@vitrine/hypervisor';
import { MOST_EGRESS_TARGETS, type ViewerNetwork, type ViewerResources } from '@vitrine/session-host';
import type { AdmissionReport, ResultsChoice, Viewer, ViewerOrigin, ViewerState } from '@vitrine/viewers';

export class RegisterViewerDto {
  @ApiProperty({
    description: 'An image that the container engine holds, by name or digest.',
    example: 'example/viewer:1.0',
  })
  @IsString()
  @Matches(/^[a-z0-9]([a-z0-9._/:@-]{0,253}[a-z0-9])?$/i)
  reference!: string;
}

export class IsolateViewerDto {
  @ApiProperty({ enum: ISOLATIONS, enumName: 'Isolation' })
  @IsIn(ISOLATIONS)
  isolation!: Isolation;
}

export class AllowResultsDto {
  @ApiProperty({ description: 'Whether what is saved in it waits for its patient’s yes.' })
  @IsBoolean()
  allowed!: boolean;
}

export class AllowEgressDto {
  @ApiProperty({
    type: [String],
    example: ['tools.example.org'],
    description: 'Full names of computers, each with `:port` where that is not 443.',
  })
  @IsArray()
  @ArrayMaxSize(MOST_EGRESS_TARGETS)
  @IsString({ each: true })
  @MaxLength(300, { each: true })
  egress!: string[];
}

export class IsolationsDto {
  @ApiProperty({
    enum: ISOLATIONS,
    enumName: 'Isolation',
    isArray: true,
    description: 'The walls that this machine can put around viewers.',
  })
  isolations!: readonly Isolation[];
}

const CHECK_STATES = ['pending', 'running', 'passed', 'failed'] as const;

export class AdmissionCheckDto {
  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: CHECK_STATES, enumName: 'AdmissionCheckState' })
  state!: (typeof CHECK_STATES)[number];

  @ApiProperty({ description: 'What was found; empty before that.' })
  detail!: string;
}

export class AdmissionReportDto {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ description: 'False as long as it is not over.' })
  passed!: boolean;

  @ApiProperty({ description: 'Nothing of it runs or is still to come.' })
  over!: boolean;

  @ApiProperty({ description: 'What was tested.' })
  imageDigest!: string;

  @ApiProperty({
    type: [AdmissionCheckDto],
    description: 'In order. Of a test that is over the first that failed is the last.',
  })
  checks!: AdmissionCheckDto[];
}

export class ViewerResourcesDto implements ViewerResources {
  @ApiProperty()
  cpus!: number;

  @ApiProperty()
  memoryMiB!: number;

  @ApiProperty()
  pids!: number;

  @ApiProperty()
  scratchMiB!: number;
}

class ViewerBaseDto {
  @ApiProperty()
  title!: string;

  @ApiProperty()
  imageDigest!: string;

  @ApiProperty({ format: 'date-time', description: 'When that image was made.' })
  createdAt!: string;
}

export class MakerDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;
}

export class ViewerOriginDto implements ViewerOrigin {
  @ApiProperty()
  version!: string;

  @ApiPropertyOptional({ type: MakerDto, description: 'Who submitted it, where that is known.' })
  madeBy?: MakerDto;

  @ApiProperty({ type: ViewerBaseDto, description: 'What was built on.' })
  base!: ViewerBaseDto;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  approvedAt!: string | null;
}

export class ViewerAdminDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty()
  sentence!: string;

  @ApiProperty()
  licence!: string;

  @ApiProperty({ type: [String] })
  formats!: string[];

  @ApiProperty()
  rank!: number;

  @ApiProperty()
  imageReference!: string;

  @ApiProperty({ description: 'What is started, whatever the name stands for later.' })
  imageDigest!: string;

  @ApiProperty({ type: ViewerResourcesDto })
  resources!: ViewerResourcesDto;

  @ApiProperty({
    enum: ['none', 'loopback'],
    description: 'loopback reaches 127.0.0.1 inside the viewer and nothing else.',
  })
  network!: ViewerNetwork;

  @ApiProperty({ enum: ISOLATIONS, enumName: 'Isolation', description: 'The walls around it.' })
  isolation!: Isolation;

  @ApiProperty({
    enum: ['none', 'off', 'on'],
    enumName: 'ResultsChoice',
    description: 'Whether it may leave results; none for an image that has no use for it.',
  })
  results!: ResultsChoice;

  @ApiProperty({
    type: [String],
    description: 'Whom its sessions may speak with, where the patient says yes at the start.',
  })
  egress!: string[];

  @ApiProperty({ enum: ['testing', 'awaiting', 'offered', 'refused', 'disabled'], enumName: 'ViewerState' })
  state!: ViewerState;

  @ApiProperty({ description: 'Built from this installation’s own sources.' })
  shipped!: boolean;

  @ApiProperty({ type: AdmissionReportDto, nullable: true })
  admission!: AdmissionReportDto | null;

  @ApiProperty()
  hasIcon!: boolean;

  @ApiProperty({
    format: 'date-time',
    nullable: true,
    type: String,
    description: 'When its image was made: what is installed in it is no newer.',
  })
  imageCreatedAt!: string | null;

  @ApiProperty({ type: ViewerOriginDto, nullable: true, description: 'Of what was made in the studio.' })
  origin!: ViewerOriginDto | null;

  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'Its sessions end after so many minutes; null for the usual time.',
  })
  maximumMinutes!: number | null;

  @ApiProperty({
    nullable: true,
    type: Number,
    description: 'How many packages are installed in it, as far as that is known. `/sbom` lists them.',
  })
  packages!: number | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export const viewerForAdmin = (
  { icon, ...viewer }: Viewer,
  packages: ReadonlyMap<string, number> = new Map(),
): ViewerAdminDto => ({
  id: viewer.id,
  title: viewer.title,
  sentence: viewer.sentence,
  licence: viewer.licence,
  formats: viewer.formats,
  rank: viewer.rank,
  imageReference: viewer.imageReference,
  imageDigest: viewer.imageDigest,
  resources: viewer.resources,
  network: viewer.network,
  isolation: viewer.isolation,
  results: viewer.results,
  egress: viewer.egress,
  state: viewer.state,
  shipped: viewer.shipped,
  admission: viewer.admission && reportForAdmin(viewer.admission),
  hasIcon: icon !== null,
  imageCreatedAt: viewer.imageCreatedAt,
  origin: viewer.origin,
  maximumMinutes: viewer.maximumMinutes,
  packages: packages.get(viewer.imageDigest) ?? null,
  createdAt: viewer.createdAt,
});

function reportForAdmin({ at, passed, imageDigest, checks, underWay }: AdmissionReport): AdmissionReportDto {
  const check = (name: string, state: AdmissionCheckDto['state'], detail = '') => ({ name, state, detail });
  const { running = null, toCome = [] } = underWay ?? {};
  return {
    at,
    passed,
    over: underWay === undefined,
    imageDigest,
    checks: [
      ...checks.map((done) => check(done.name, done.passed ? 'passed' : 'failed', done.detail)),
      ...(running === null ? [] : [check(running, 'running')]),
      ...toCome.map((name) => check(name, 'pending')),
    ],
  };
}
