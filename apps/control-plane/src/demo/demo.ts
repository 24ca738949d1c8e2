import { Injectable } from '@nestjs/common';
import { SYSTEM_AGENT } from '@vitrine/audit';
import { ImportsService } from '@vitrine/exchange';
import { Accounts, type Account, type AccountDraft } from '@vitrine/identity';
import { isProblem } from '@vitrine/kernel';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import type { OneTimePassword } from '../one-time-password.js';

const PATIENT = {
  name: 'Jane Doe',
  email: 'jane@demo.vitrine.local',
  role: 'patient',
  birthDate: '1951-04-02',
} as const;
const PEOPLE: readonly AccountDraft[] = [
  PATIENT,
  { name: 'John Doe', email: 'john@demo.vitrine.local', role: 'caregiver' },
  {
    name: 'Radiology desk',
    email: 'radiology@demo.vitrine.local',
    role: 'provider',
    organisation: 'Synthetic General Hospital',
  },
  { name: 'Night admin', email: 'admin@demo.vitrine.local', role: 'admin' },
];

/** People to try the product with, none of whom exists, and a record that was made for one of them. */
@Injectable()
export class Demo {
  constructor(
    private readonly accounts: Accounts,
    private readonly imports: ImportsService,
  ) {}

  /** Makes who is missing. Returns passwords of those who have not chosen their own yet. */
  async make(): Promise<OneTimePassword[]> {
    const passwords: OneTimePassword[] = [];
    for (const draft of PEOPLE) {
      const oneTimePassword = await this.makeOne(draft);
      if (oneTimePassword !== null) passwords.push({ role: draft.role, email: draft.email, oneTimePassword });
    }
    return passwords;
  }

  private async makeOne(draft: AccountDraft): Promise<string | null> {
    try {
      const { account, oneTimePassword } = await this.accounts.create(SYSTEM_AGENT, draft);
      if (draft === PATIENT) await this.fill(account);
      return oneTimePassword;
    } catch (error) {
      if (!isProblem(error, 'identity.email-taken')) throw error;
      return this.accounts.renewOneTimePassword(draft.email);
    }
  }

  private async fill(account: Account): Promise<void> {
    const patient = await this.accounts.patientOf(account.id);
    if (!patient) throw new Error('a patient’s account has no record');
    const study = syntheticCtStudy({
      slices: 80,
      size: 256,
      patientName: 'Doe^Jane',
      birthDate: PATIENT.birthDate,
    });
    await this.imports.addOwn(account, patient, [...study, syntheticGenome(), syntheticReportPdf()]);
  }
}
