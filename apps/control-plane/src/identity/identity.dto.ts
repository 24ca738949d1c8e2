import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, Length, MaxLength, ValidateIf } from 'class-validator';
import { LONGEST_PASSWORD, ROLES, SHORTEST_PASSWORD, type Role } from '@vitrine/identity';
import { CalendarDate, PlainText } from '../http/index.js';

export class SignUpDto {
  @ApiProperty({ maxLength: 100 })
  @PlainText(1, 100)
  name!: string;

  @ApiProperty({ format: 'email' })
  @IsEmail()
  @MaxLength(254)
  email!: string;

  @ApiProperty({ minLength: SHORTEST_PASSWORD, maxLength: LONGEST_PASSWORD })
  @IsString()
  @MaxLength(LONGEST_PASSWORD)
  password!: string;

  @ApiPropertyOptional({ example: '1948-05-23' })
  @IsOptional()
  @CalendarDate()
  birthDate?: string;
}

export class SignInDto {
  @ApiProperty({ format: 'email' })
  @IsString()
  @MaxLength(254)
  email!: string;

  @ApiProperty()
  @IsString()
  @MaxLength(LONGEST_PASSWORD)
  password!: string;
}

export class MeDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  email!: string;

  @ApiProperty({ enum: ROLES })
  role!: Role;

  @ApiPropertyOptional({ description: 'For providers: in whose name they deposit.' })
  organisation?: string;

  @ApiPropertyOptional({ example: '1948-05-23' })
  birthDate?: string;

  @ApiProperty({
    description: 'True until a password that somebody else made is replaced; nothing else works.',
  })
  mustChangePassword!: boolean;
}

export class ChangeMeDto {
  @ApiPropertyOptional({ maxLength: 100 })
  @IsOptional()
  @PlainText(1, 100)
  name?: string;

  @ApiPropertyOptional({ example: '1948-05-23', description: 'Empty takes it away.' })
  @IsOptional()
  @ValidateIf(({ birthDate }: ChangeMeDto) => birthDate !== '')
  @CalendarDate()
  birthDate?: string;
}

export class ChangePasswordDto {
  @ApiProperty()
  @IsString()
  @Length(1, LONGEST_PASSWORD)
  current!: string;

  @ApiProperty({ minLength: SHORTEST_PASSWORD, maxLength: LONGEST_PASSWORD })
  @IsString()
  @MaxLength(LONGEST_PASSWORD)
  next!: string;
}

export class SignInViewDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ description: 'As the browser calls itself: untrusted text.' })
  userAgent!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  lastSeenAt!: string;

  @ApiProperty({ description: 'The browser that asks.' })
  current!: boolean;
}
