import { Injectable } from '@nestjs/common';
import { DepositCodes } from '@vitrine/delegation';
import { agentOf, type Account } from '@vitrine/identity';
import { isProblem } from '@vitrine/kernel';
import { DicomInbox } from '../dicom-door/dicom-inbox.service.js';
import { ImportsService } from '../imports.service.js';
import type { Destination, SendingSystem } from './arrivals.js';

/** Where that goes which the system of a provider sends. */
@Injectable()
export class Destinations {
  constructor(
    private readonly codes: DepositCodes,
    private readonly imports: ImportsService,
    private readonly inbox: DicomInbox,
  ) {}

  /** It waits until the provider gives it a patient's code. */
  inboxOf(system: SendingSystem): Destination {
    return {
      key: `${system.id} inbox`,
      begin: () => this.inbox.begin(system),
      settle: (id) => this.inbox.settle(id),
    };
  }

  /** Into the record of the patient who made the code; undefined where this account cannot use one that says this. */
  async patientBy(
    account: Account,
    untrustedCode: string,
    { id: systemId }: SendingSystem,
  ): Promise<Destination | undefined> {
    try {
      const { id } = await this.codes.check(agentOf(account), untrustedCode);
      return {
        key: `${systemId} ${id}`,
        begin: () => this.imports.beginBySystem(account, untrustedCode, systemId),
        settle: (importId) => this.imports.settle(importId),
      };
    } catch (error) {
      if (isProblem(error, 'delegation.deposit-code-unusable')) return undefined;
      throw error;
    }
  }
}
