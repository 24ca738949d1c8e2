import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The key of one patient, wrapped by the key-encryption key. Without this row nothing of the patient can be read. */
@Entity('patient_key')
export class PatientKey {
  @PrimaryColumn('text')
  patientId!: string;

  @PrimaryColumn('integer')
  version!: number;

  /** Which key-encryption key wraps it (`KeyProvider.id`). */
  @Column('text')
  keyEncryptionKeyId!: string;

  @Column('text')
  wrappedKey!: string;

  @Column('text')
  createdAt!: string;
}
