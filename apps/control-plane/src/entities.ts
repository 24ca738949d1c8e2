import { AuditCheckpoint, AuditEvent } from '@vitrine/audit';
import { AccessToken, DepositCode, Grant, ShareLink } from '@vitrine/delegation';
import { DriveLock, DriveNode, DriveProperty } from '@vitrine/drive';
import { DicomNode, FtpsAccount, Import, InboxStudy, ReadingAddress } from '@vitrine/exchange';
import { Account, Patient, SignIn } from '@vitrine/identity';
import { Deposit, RecordFile, RecordItem } from '@vitrine/records';
import { Participation, Reservation, Session, Ticket } from '@vitrine/sessions';
import { Blob, BlobCheck, Installation, PartitionKey, PatientKey } from '@vitrine/vault';
import { ImagePackages, Viewer } from '@vitrine/viewers';

/** Every table of the installation. Migrations are generated from this list. */
export const ENTITIES = [
  AccessToken,
  Account,
  AuditCheckpoint,
  AuditEvent,
  Blob,
  BlobCheck,
  Deposit,
  DepositCode,
  DicomNode,
  DriveLock,
  DriveNode,
  DriveProperty,
  FtpsAccount,
  Grant,
  ImagePackages,
  Import,
  InboxStudy,
  Installation,
  Participation,
  PartitionKey,
  Patient,
  PatientKey,
  ReadingAddress,
  RecordFile,
  RecordItem,
  Reservation,
  Session,
  ShareLink,
  SignIn,
  Ticket,
  Viewer,
];
