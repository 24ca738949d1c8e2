import { ApiProperty } from '@nestjs/swagger';
import type { FtpsAccount } from '@vitrine/exchange';
import type { Settings } from '@vitrine/kernel';

export class FtpsAccountDto {
  @ApiProperty({ example: 'drop-7k3mq9tx' })
  userName!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', nullable: true, type: String })
  lastUsedAt!: string | null;
}

export class MadeFtpsAccountDto {
  @ApiProperty({ type: FtpsAccountDto })
  account!: FtpsAccountDto;

  @ApiProperty({ description: 'Shown this once.' })
  password!: string;
}

export class FtpsDto {
  @ApiProperty({
    nullable: true,
    type: Number,
    description:
      'The port, at the host that browsers use unless the operator says otherwise. Null where the operator did not open it.',
  })
  port!: number | null;

  @ApiProperty({ type: FtpsAccountDto, nullable: true })
  account!: FtpsAccountDto | null;
}

export const ftpsAccountDto = ({ userName, createdAt, lastUsedAt }: FtpsAccount): FtpsAccountDto => ({
  userName,
  createdAt,
  lastUsedAt,
});

export const ftpsDto = ({ ftps }: Settings, account: FtpsAccount | null): FtpsDto => ({
  port: ftps?.port ?? null,
  account: account === null ? null : ftpsAccountDto(account),
});
