export { AuditEvent, type AuditAgent, type AuditEntityRef } from './audit-event.entity.js';
export { AuditCheckpoint } from './audit-checkpoint.entity.js';
export { AUDIT_ACTIONS, type AuditAction, type AuditOutcome } from './audit-codes.js';
export { AuditService, SYSTEM_AGENT, type AuditEntry } from './audit.service.js';
export { AuditModule } from './audit.module.js';
export { APPEND_ONLY_SQL } from './append-only.js';
export { ActsRefused, Checkpoints } from './checkpoints.service.js';
export { verifyActs, type ActsReport } from './verify-acts.js';
