import { AuditEvent } from '@vitrine/audit';
import { DepositCode } from '@vitrine/delegation';
import { DriveLock, DriveNode, DriveProperty } from '@vitrine/drive';
import { Account, Patient } from '@vitrine/identity';
import { Deposit, RecordFile, RecordItem } from '@vitrine/records';
import { VAULT_ENTITIES } from '@vitrine/vault/testing';
import { DicomNode } from '../src/dicom-door/dicom-node.entity.js';
import { InboxStudy } from '../src/dicom-door/inbox-study.entity.js';
import { ReadingAddress } from '../src/dicom-door/reading-address.entity.js';
import { FtpsAccount } from '../src/ftps-door/ftps-account.entity.js';
import { Import } from '../src/import.entity.js';

/** The tables that an `ExchangeBench` needs. */
export const ENTITIES = [
  Account,
  AuditEvent,
  Deposit,
  DepositCode,
  DicomNode,
  DriveLock,
  DriveNode,
  DriveProperty,
  FtpsAccount,
  Import,
  InboxStudy,
  Patient,
  ReadingAddress,
  RecordFile,
  RecordItem,
  ...VAULT_ENTITIES,
];
