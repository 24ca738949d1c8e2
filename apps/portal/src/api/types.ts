import type { components } from './generated/schema.js';

/** The shapes of the API under the names that the pages use; what they hold is generated from the server's document. */
type Schemas = components['schemas'];

export type Me = Schemas['MeDto'];
export type Role = Me['role'];
export type SignIn = Schemas['SignInViewDto'];
export type Study = Schemas['StudyDto'];
export type Item = Schemas['ItemDto'];
export type ItemKind = Item['kind'];
export type Integrity = Schemas['IntegrityDto'];
export type ItemDetail = Schemas['ItemDetailDto'];
export type Import = Schemas['ImportDto'];
export type ImportNote = Schemas['ImportNoteDto'];
export type Deposit = Schemas['DepositDto'];
export type ViewerChoice = Schemas['OfferedViewerDto'];
export type SessionView = Schemas['SessionDto'];
export type Control = SessionView['control'];
export type Participant = Schemas['SessionParticipantDto'];
export type DisplayTicket = Schemas['TicketDto'];
export type Link = Schemas['LinkDto'];
export type NewLink = Schemas['NewLinkDto'];
export type MadeLink = Schemas['MadeLinkDto'];
export type VisitPreview = Schemas['VisitPreviewDto'];
export type Visit = Schemas['VisitDto'];
export type DepositCode = Schemas['DepositCodeDto'];
export type MadeDepositCode = Schemas['MadeDepositCodeDto'];
export type DicomNode = Schemas['DicomNodeDto'];
export type DicomListener = Schemas['DicomListenerDto'];
export type InboxStudy = Schemas['InboxStudyDto'];
export type AccessToken = Schemas['AccessTokenDto'];
export type MadeAccessToken = Schemas['MadeAccessTokenDto'];
export type AuditLine = Schemas['AuditEventDto'];
export type ViewerAdmin = Schemas['ViewerAdminDto'];
export type AdmissionCheck = Schemas['AdmissionCheckDto'];
export type SessionAdmin = Schemas['AdminSessionDto'];
export type NewAccount = Schemas['NewAccountDto'];
