/**
 * Every act that leaves a line. `crud` is the action of FHIR R4 AuditEvent.action; `dicom` the event of DICOM PS3.16
 * CID 400/401 where one fits (110100 Application Activity, 110107 Import, 110106 Export, 110113 Security Alert,
 * 110114 User Authentication, 110110 Patient Record, 110112 Query, 110103 DICOM Instances
 * Accessed).
 */
export const AUDIT_ACTIONS = {
  'account.signed-up': { crud: 'C', dicom: '110114' },
  'account.signed-in': { crud: 'E', dicom: '110114' },
  'account.signed-out': { crud: 'E', dicom: '110114' },
  'account.changed': { crud: 'U', dicom: '110114' },
  'account.created-by-admin': { crud: 'C', dicom: '110114' },
  'account.deleted': { crud: 'D', dicom: '110114' },
  'record.added': { crud: 'C', dicom: '110107' },
  'record.deposited': { crud: 'C', dicom: '110107' },
  'record.accepted': { crud: 'U', dicom: '110110' },
  'record.rejected': { crud: 'D', dicom: '110110' },
  'record.removed': { crud: 'D', dicom: '110110' },
  'record.downloaded': { crud: 'R', dicom: '110106' },
  'record.exported': { crud: 'R', dicom: '110106' },
  'record.damaged': { crud: 'E', dicom: '110100' },
  'record.searched': { crud: 'R', dicom: '110112' },
  'record.read': { crud: 'R', dicom: '110103' },
  'drive.read': { crud: 'R', dicom: '110106' },
  'drive.changed': { crud: 'U', dicom: '110107' },
  'session.started': { crud: 'R', dicom: '110103' },
  'session.checked': { crud: 'E', dicom: '110100' },
  'session.ended': { crud: 'E', dicom: '110100' },
  'session.joined': { crud: 'R', dicom: '110103' },
  'session.left': { crud: 'E', dicom: '110100' },
  'link.made': { crud: 'C', dicom: '110113' },
  'link.opened': { crud: 'R', dicom: '110113' },
  'link.refused': { crud: 'R', dicom: '110113' },
  'link.revoked': { crud: 'D', dicom: '110113' },
  'deposit-code.made': { crud: 'C', dicom: '110113' },
  'deposit-code.revoked': { crud: 'D', dicom: '110113' },
  'deposit-code.refused': { crud: 'R', dicom: '110113' },
  'dicom-node.registered': { crud: 'C', dicom: '110113' },
  'dicom-node.removed': { crud: 'D', dicom: '110113' },
  'ftps-account.made': { crud: 'C', dicom: '110113' },
  'ftps-account.revoked': { crud: 'D', dicom: '110113' },
  'reading-address.made': { crud: 'C', dicom: '110113' },
  'reading-address.revoked': { crud: 'D', dicom: '110113' },
  'reading-address.refused': { crud: 'R', dicom: '110113' },
  'access-token.made': { crud: 'C', dicom: '110113' },
  'access-token.revoked': { crud: 'D', dicom: '110113' },
  'viewer.registered': { crud: 'C', dicom: '110100' },
  'viewer.changed': { crud: 'U', dicom: '110100' },
  'admin.session-ended': { crud: 'E', dicom: '110100' },
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
export type AuditOutcome = 'success' | 'refused' | 'failed';
