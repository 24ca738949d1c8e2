import type { Account, Patient } from '@vitrine/identity';
import type { MeDto } from './identity.dto.js';

export const meOf = (account: Account, patient: Patient | null): MeDto => ({
  id: account.id,
  name: account.name,
  email: account.email,
  role: account.role,
  mustChangePassword: account.mustChangePassword,
  ...(account.organisation === null ? {} : { organisation: account.organisation }),
  ...(patient?.birthDate ? { birthDate: patient.birthDate } : {}),
});
