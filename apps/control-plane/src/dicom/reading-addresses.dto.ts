import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { LONGEST_READING_DAYS, type ReadingAddress, type ReadingAddressState } from '@vitrine/exchange';
import { PlainText, WholeNumber } from '../http/index.js';
import { DicomListenerDto } from './dicom.dto.js';

export class NewReadingAddressDto {
  @ApiProperty({
    maxLength: 16,
    example: 'CITYPACS',
    description: 'The system that may read, as it introduces itself (calling AE title).',
  })
  @PlainText(1, 16)
  @Matches(/^[\x20-\x5b\x5d-\x7e]+$/)
  callingAeTitle!: string;

  @WholeNumber({ least: 1, most: LONGEST_READING_DAYS, otherwise: 30 })
  expiresInDays: number = 30;
}

export class ReadingAddressDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ example: 'CITYPACS' })
  peerAeTitle!: string;

  @ApiProperty({ example: 'PACS of the city hospital' })
  peerName!: string;

  @ApiProperty({ example: 'City Radiology, Dr Weber', description: 'Whose system it is.' })
  providerName!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  revokedAt!: string | null;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  lastUsedAt!: string | null;

  @ApiProperty({ enum: ['active', 'expired', 'revoked'] })
  state!: ReadingAddressState;
}

export class ReadingAddressesDto {
  @ApiProperty({
    type: DicomListenerDto,
    nullable: true,
    description: 'Null where the operator did not open it.',
  })
  listener!: DicomListenerDto | null;

  @ApiProperty({ type: [ReadingAddressDto] })
  addresses!: ReadingAddressDto[];
}

export class MadeReadingAddressDto {
  @ApiProperty({ type: ReadingAddressDto })
  address!: ReadingAddressDto;

  @ApiProperty({
    example: 'READ7K3MQ9TXV2AB',
    description: 'What the system calls (called AE title). Shown this once.',
  })
  aeTitle!: string;
}

export const readingAddressDto = (
  address: ReadingAddress,
  state: ReadingAddressState,
): ReadingAddressDto => ({
  id: address.id,
  peerAeTitle: address.peerAeTitle,
  peerName: address.peerName,
  providerName: address.providerName,
  createdAt: address.createdAt,
  expiresAt: address.expiresAt,
  revokedAt: address.revokedAt,
  lastUsedAt: address.lastUsedAt,
  state,
});
