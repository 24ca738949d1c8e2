import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { DicomNode, InboxStudy } from '@vitrine/exchange';
import type { Settings } from '@vitrine/kernel';
import { PlainText } from '../http/index.js';

export class NewDicomNodeDto {
  @ApiProperty({
    maxLength: 80,
    description: 'In the provider’s own words.',
    example: 'PACS of the city hospital',
  })
  @PlainText(1, 80)
  name!: string;

  @ApiProperty({
    maxLength: 16,
    example: 'CITYPACS',
    description: 'As the PACS introduces itself (calling AE title).',
  })
  @PlainText(1, 16)
  @Matches(/^[\x20-\x5b\x5d-\x7e]+$/)
  callingAeTitle!: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['192.0.2.0/24'],
    description: 'Addresses and networks that it comes from; none is from anywhere.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @MaxLength(49, { each: true })
  addresses: string[] = [];

  @ApiPropertyOptional({
    description:
      'SHA-256 of the certificate that it shows, as “openssl x509 -fingerprint -sha256” prints it. Only with TLS.',
  })
  @IsOptional()
  @Matches(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/)
  certificate?: string;

  @ApiPropertyOptional({
    example: '192.0.2.7',
    description: 'The IP address where it takes what it has fetched (C-MOVE); with a port.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(45)
  host?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 65_535 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_535)
  port?: number;
}

export class DicomNodeDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  callingAeTitle!: string;

  @ApiProperty({ type: [String] })
  addresses!: string[];

  @ApiProperty({ nullable: true, type: String })
  certificate!: string | null;

  @ApiProperty({ nullable: true, type: String })
  host!: string | null;

  @ApiProperty({ nullable: true, type: Number })
  port!: number | null;

  @ApiProperty({
    example: 'VITRINE-7K3MQ9TX',
    description: 'What it calls to send without a patient’s code.',
  })
  inboxAeTitle!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

/** Where associations are taken. The host is the one that browsers use, unless the operator says otherwise. */
export class DicomListenerDto {
  @ApiProperty()
  port!: number;

  @ApiProperty()
  tls!: boolean;
}

export class DicomNodesDto {
  @ApiProperty({
    type: DicomListenerDto,
    nullable: true,
    description: 'Null where the operator did not open it.',
  })
  listener!: DicomListenerDto | null;

  @ApiProperty({ type: [DicomNodeDto] })
  nodes!: DicomNodeDto[];
}

export class InboxStudyDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({
    enum: ['arriving', 'waiting'],
    description: 'What is arriving has no other facts yet, and can be delivered as soon as it is waiting.',
  })
  state!: InboxStudy['state'];

  @ApiProperty({ format: 'date', nullable: true, type: String })
  studyDate!: string | null;

  @ApiProperty({ type: [String] })
  modalities!: string[];

  @ApiProperty()
  description!: string;

  @ApiProperty({ example: 'J. D.', description: 'To find the right patient’s code.' })
  patientInitials!: string;

  @ApiProperty({
    description: 'False for files that belong to no study; `description` is then the name of their folder.',
  })
  readable!: boolean;

  @ApiProperty()
  count!: number;

  @ApiProperty()
  bytes!: number;

  @ApiProperty({ format: 'date-time' })
  arrivedAt!: string;
}

export class DeliverDto {
  @ApiProperty({ example: '7k3m q9tx v2ab', description: 'The patient’s deposit code, as it was typed.' })
  @IsString()
  @MaxLength(64)
  code!: string;
}

export const listenerDto = ({ dicom }: Settings): DicomListenerDto | null =>
  dicom === undefined ? null : { port: dicom.port, tls: dicom.tls !== undefined };

export const dicomNodeDto = (node: DicomNode): DicomNodeDto => ({
  id: node.id,
  name: node.name,
  callingAeTitle: node.callingAeTitle,
  addresses: node.addresses,
  certificate: node.certificate,
  host: node.host,
  port: node.port,
  inboxAeTitle: node.inboxAeTitle,
  createdAt: node.createdAt,
});

export const inboxStudyDto = ({ id, state, facts, count, bytes, arrivedAt }: InboxStudy): InboxStudyDto => ({
  id,
  state,
  studyDate: facts?.studyDate === undefined || facts.studyDate === '' ? null : facts.studyDate,
  modalities: [...(facts?.modalities ?? [])],
  description: facts?.description ?? '',
  patientInitials: facts?.patientInitials ?? '',
  readable: facts?.readable ?? false,
  count,
  bytes,
  arrivedAt,
});
