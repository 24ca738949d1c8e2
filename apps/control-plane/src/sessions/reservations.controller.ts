import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { agentOf, type Account, type Patient } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { keptFrom, MOST_PER_PERSON, ReservationsService, type Reservation } from '@vitrine/sessions';
import { CurrentAccount, CurrentPatient, RateLimited, Roles } from '../http/index.js';
import { IdPipe } from './id.pipe.js';
import { NewReservationDto, ReservationDto, ReservationsDto } from './reservations.dto.js';

/** Places that a patient keeps for a viewer at a later time. */
@ApiTags('sessions')
@Roles('patient')
@Controller('reservations')
export class ReservationsController {
  constructor(
    private readonly reservations: ReservationsService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post()
  @RateLimited(30)
  @ApiCreatedResponse({
    type: ReservationDto,
    description:
      'At that time there is room. Refused with `nextFree`, where there is none at the time asked for.',
  })
  async make(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Body() { itemIds, viewerId, beginsAt, minutes }: NewReservationDto,
  ): Promise<ReservationDto> {
    const made = await this.reservations.make({
      patientId: patient.id,
      by: agentOf(account),
      itemIds,
      ...(viewerId === undefined ? {} : { viewerId }),
      beginsAt: new Date(beginsAt).toISOString(),
      minutes,
    });
    return view(made);
  }

  @Get()
  @ApiOkResponse({ type: ReservationsDto })
  async list(@CurrentPatient() patient: Patient): Promise<ReservationsDto> {
    const kept = await this.reservations.ofPatient(patient.id);
    return {
      reservations: kept.map(view),
      most: MOST_PER_PERSON,
      longestMinutes: Math.floor(this.settings.sessions.maximumMs / 60_000),
    };
  }

  @Post(':id/cancel')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Others may have the place.' })
  async cancel(
    @CurrentAccount() account: Account,
    @CurrentPatient() patient: Patient,
    @Param('id', IdPipe) id: string,
  ): Promise<void> {
    await this.reservations.cancel(patient.id, id, agentOf(account));
  }
}

const view = (reservation: Reservation): ReservationDto => {
  const { id, title, itemIds, viewerId, beginsAt, endsAt } = reservation;
  return { id, title, itemIds, viewerId, beginsAt, endsAt, opensAt: keptFrom(reservation) };
};
