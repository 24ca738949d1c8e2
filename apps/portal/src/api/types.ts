export type Role = 'patient' | 'caregiver' | 'provider' | 'admin';
export type Control = 'view' | 'control';

export interface Me {
  id: string;
  name: string;
  email: string;
  role: Role;
  organisation?: string | null;
  birthDate?: string | null;
  mustChangePassword: boolean;
}

export interface SignIn {
  id: string;
  userAgent: string;
  createdAt: string;
  lastSeenAt: string;
  current: boolean;
}

export interface Study {
  modalities: string[];
  description: string;
  bodyPart: string;
  institution: string;
  patientName: string;
  patientBirthDate: string;
  seriesCount: number;
  mismatch: 'none' | 'unconfirmed' | 'confirmed';
}

export interface Item {
  id: string;
  kind: 'imaging' | 'genome' | 'document';
  state: 'kept' | 'pending';
  title: string;
  takenOn: string | null;
  addedAt: string;
  formats: string[];
  count: number;
  bytes: number;
  hasThumbnail: boolean;
  study?: Study | null;
  from?: { organisation: string; at: string } | null;
}

export interface ItemDetail extends Item {
  series: { uid: string; modality: string; description: string; number: number | null; images: number }[];
  files: { name: string; format: string; bytes: number }[];
  origin: { kind: 'self' | 'provider'; name: string; at: string };
}

export interface ImportNote {
  name: string;
  code: string;
  message: string;
}

export interface Import {
  id: string;
  state: 'receiving' | 'examining' | 'done' | 'failed';
  filesReceived: number;
  filesExamined: number;
  filesStored: number;
  filesDuplicate: number;
  notes: ImportNote[];
  items: Item[];
  createdAt?: string;
}

export interface ViewerChoice {
  id: string;
  title: string;
  sentence: string;
  best: boolean;
  hasIcon: boolean;
}

export interface Participant {
  id: string;
  name: string;
  initials: string;
  kind: 'account' | 'visitor';
  control: Control;
  since: string;
  you: boolean;
}

export type SessionState = 'requested' | 'preparing' | 'starting' | 'ready' | 'stopping' | 'ended' | 'failed';

export interface SessionView {
  id: string;
  state: SessionState;
  step: 'waiting' | 'folder' | 'viewer' | 'opening' | 'showing';
  message: string;
  title: string;
  viewer: { id: string; title: string };
  itemIds: string[];
  control: Control;
  expiresAt: string;
  idleEndsAt: string;
  endReason?: string | null;
  participants: Participant[];
  mine: boolean;
}

export interface DisplayTicket {
  ticket: string;
  path: string;
}

export interface Link {
  id: string;
  label: string;
  items: { id: string; title: string }[];
  viewer: { id: string; title: string };
  control: Control;
  hasPasscode: boolean;
  maximumUses: number;
  uses: number;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  state: 'active' | 'used-up' | 'expired' | 'revoked' | 'locked';
  watching: number;
  visits: { name: string; at: string }[];
}

export interface NewLink {
  itemIds: string[];
  viewerId?: string;
  sessionId?: string;
  label: string;
  control: Control;
  expiresInMinutes: number;
  maximumUses: number;
  passcode?: string;
  recipientEmail?: string;
}

export interface VisitPreview {
  patientName: string;
  titles: string[];
  control: Control;
  expiresAt: string;
  needsPasscode: boolean;
}

export interface Visit {
  patientName: string;
  titles: string[];
  control: Control;
  expiresAt: string;
  visitorName: string;
  session: SessionView | null;
}

export interface DepositCode {
  id: string;
  label: string;
  maximumUses: number;
  uses: number;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
}

export interface AuditLine {
  sequence: number;
  at: string;
  action: string;
  outcome: 'success' | 'refused' | 'failed';
  agent: { kind: 'account' | 'visitor' | 'system'; id?: string; name: string };
  entities: { kind: string; id?: string; label?: string }[];
  details: Record<string, string | number | boolean>;
}

export interface AdmissionCheck {
  name: string;
  passed: boolean;
  detail: string;
}

export interface ViewerAdmin {
  id: string;
  title: string;
  sentence: string;
  licence: string;
  formats: string[];
  imageReference: string;
  imageDigest: string;
  network: 'none' | 'loopback';
  state: 'testing' | 'offered' | 'refused' | 'disabled';
  admission: { at: string; passed: boolean; checks: AdmissionCheck[] } | null;
  hasIcon: boolean;
  createdAt: string;
}

export interface SessionAdmin {
  id: string;
  viewerTitle: string;
  state: SessionState;
  createdAt: string;
  expiresAt: string;
  participants: number;
  memoryMiB?: number | null;
}

export interface AccountAdmin {
  id: string;
  name: string;
  email: string;
  role: Role;
  organisation?: string | null;
  createdAt: string;
  disabledAt?: string | null;
}
