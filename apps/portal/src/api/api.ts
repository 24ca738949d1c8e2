import { call } from './call.js';
import type {
  AccountAdmin,
  AuditLine,
  DepositCode,
  DisplayTicket,
  Import,
  Item,
  ItemDetail,
  Link,
  Me,
  NewLink,
  Role,
  SessionAdmin,
  SessionView,
  SignIn,
  ViewerAdmin,
  ViewerChoice,
  Visit,
  VisitPreview,
} from './types.js';

const at = (id: string): string => encodeURIComponent(id);

/** Every request that the portal makes, by noun. */
export const api = {
  me: {
    get: () => call<Me>('GET', '/api/me'),
    change: (body: { name?: string; birthDate?: string }) => call<Me>('PATCH', '/api/me', body),
    password: (body: { current: string; next: string }) => call<undefined>('POST', '/api/me/password', body),
    signUp: (body: { name: string; email: string; password: string; birthDate?: string }) =>
      call<Me>('POST', '/api/sign-up', body),
    signIn: (body: { email: string; password: string }) => call<Me>('POST', '/api/sign-in', body),
    signOut: () => call<undefined>('POST', '/api/sign-out'),
    signIns: () => call<SignIn[]>('GET', '/api/me/sign-ins'),
    endSignIn: (id: string) => call<undefined>('DELETE', `/api/me/sign-ins/${at(id)}`),
  },
  record: {
    list: (search: string) => call<{ items: Item[] }>('GET', `/api/record?search=${at(search)}`),
    get: (id: string) => call<ItemDetail>('GET', `/api/record/${at(id)}`),
    remove: (id: string) => call<undefined>('DELETE', `/api/record/${at(id)}`),
    accept: (id: string, confirmMismatch: boolean) =>
      call<Item>('POST', `/api/record/${at(id)}/accept`, confirmMismatch ? { confirmMismatch: true } : {}),
    reject: (id: string) => call<undefined>('POST', `/api/record/${at(id)}/reject`),
  },
  imports: {
    start: (depositCode?: string) =>
      call<Import>('POST', '/api/imports', depositCode === undefined ? {} : { depositCode }),
    finish: (id: string) => call<Import>('POST', `/api/imports/${at(id)}/finish`),
    get: (id: string) => call<Import>('GET', `/api/imports/${at(id)}`),
    list: () => call<Import[]>('GET', '/api/imports'),
  },
  viewers: {
    forItems: (ids: readonly string[]) =>
      call<{ viewers: ViewerChoice[] }>('GET', `/api/viewers?items=${ids.map(at).join(',')}`),
  },
  sessions: {
    start: (body: { itemIds: string[]; viewerId?: string }) =>
      call<SessionView>('POST', '/api/sessions', body),
    list: () => call<SessionView[]>('GET', '/api/sessions'),
    get: (id: string) => call<SessionView>('GET', `/api/sessions/${at(id)}`),
    stop: (id: string) => call<undefined>('POST', `/api/sessions/${at(id)}/stop`),
    ticket: (id: string) => call<DisplayTicket>('POST', `/api/sessions/${at(id)}/tickets`),
    sendOut: (id: string, participationId: string) =>
      call<undefined>('DELETE', `/api/sessions/${at(id)}/participants/${at(participationId)}`),
  },
  links: {
    make: (body: NewLink) => call<{ link: Link; url: string }>('POST', '/api/links', body),
    list: () => call<Link[]>('GET', '/api/links'),
    revoke: (id: string) => call<Link>('POST', `/api/links/${at(id)}/revoke`),
  },
  visit: {
    preview: (secret: string) => call<VisitPreview>('POST', '/api/visit/preview', { secret }),
    redeem: (body: { secret: string; name: string; passcode?: string }) =>
      call<Visit>('POST', '/api/visit/redeem', body),
    get: () => call<Visit>('GET', '/api/visit'),
    open: () => call<SessionView>('POST', '/api/visit/open'),
    ticket: () => call<DisplayTicket>('POST', '/api/visit/tickets'),
  },
  deposits: {
    makeCode: (body: { label: string; expiresInDays: number; maximumUses: number }) =>
      call<{ code: DepositCode; secret: string; url: string }>('POST', '/api/deposit-codes', body),
    codes: () => call<DepositCode[]>('GET', '/api/deposit-codes'),
    revokeCode: (id: string) => call<DepositCode>('POST', `/api/deposit-codes/${at(id)}/revoke`),
    check: (code: string) =>
      call<{ patientInitials: string; expiresAt: string }>('POST', '/api/deposits/check', { code }),
  },
  audit: {
    list: (before: number | undefined, limit: number) =>
      call<{ events: AuditLine[] }>(
        'GET',
        `/api/audit?limit=${limit}${before === undefined ? '' : `&before=${before}`}`,
      ),
  },
  admin: {
    viewers: () => call<ViewerAdmin[]>('GET', '/api/admin/viewers'),
    viewer: (id: string) => call<ViewerAdmin>('GET', `/api/admin/viewers/${at(id)}`),
    addViewer: (reference: string) => call<ViewerAdmin>('POST', '/api/admin/viewers', { reference }),
    changeViewer: (id: string, act: 'enable' | 'disable' | 'test') =>
      call<ViewerAdmin>('POST', `/api/admin/viewers/${at(id)}/${act}`),
    sessions: () => call<SessionAdmin[]>('GET', '/api/admin/sessions'),
    endSession: (id: string) => call<undefined>('POST', `/api/admin/sessions/${at(id)}/end`),
    accounts: () => call<AccountAdmin[]>('GET', '/api/admin/accounts'),
    addAccount: (body: { name: string; email: string; role: Role; organisation?: string }) =>
      call<{ account: AccountAdmin; oneTimePassword: string }>('POST', '/api/admin/accounts', body),
  },
};
