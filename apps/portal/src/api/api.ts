import type { paths } from './generated/schema.js';
import { body, client } from './client.js';
import type { Isolation, ItemKind, NewAccount, NewLink, NewReservation, NewViewer } from './types.js';

type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody: { content: { 'application/json': infer Sent } };
}
  ? Sent
  : never;

const path = (id: string) => ({ params: { path: { id } } });

/** Every request that the portal makes, by noun. */
export const api = {
  me: {
    get: () => body(client.GET('/api/me')),
    change: (me: Body<'/api/me', 'patch'>) => body(client.PATCH('/api/me', { body: me })),
    password: (passwords: Body<'/api/me/password', 'post'>) =>
      body(client.POST('/api/me/password', { body: passwords })),
    remove: (password: string) => body(client.POST('/api/me/delete', { body: { password } })),
    signUp: (me: Body<'/api/sign-up', 'post'>) => body(client.POST('/api/sign-up', { body: me })),
    signIn: (me: Body<'/api/sign-in', 'post'>) => body(client.POST('/api/sign-in', { body: me })),
    signOut: () => body(client.POST('/api/sign-out')),
    signIns: () => body(client.GET('/api/me/sign-ins')),
    endSignIn: (id: string) => body(client.DELETE('/api/me/sign-ins/{id}', path(id))),
  },
  record: {
    list: (q: string, kind?: ItemKind) =>
      body(
        client.GET('/api/record', {
          params: { query: { ...(q === '' ? {} : { q }), ...(kind === undefined ? {} : { kind }) } },
        }),
      ),
    losses: () => body(client.GET('/api/record/losses')),
    readLoss: (id: string) => body(client.POST('/api/record/losses/{id}/read', path(id))),
    integrity: () => body(client.GET('/api/record/integrity')),
    get: (id: string) => body(client.GET('/api/record/{id}', path(id))),
    remove: (id: string) => body(client.DELETE('/api/record/{id}', path(id))),
    accept: (id: string, confirmMismatch: boolean) =>
      body(
        client.POST('/api/record/{id}/accept', {
          ...path(id),
          body: confirmMismatch ? { confirmMismatch } : {},
        }),
      ),
    reject: (id: string) => body(client.POST('/api/record/{id}/reject', path(id))),
  },
  imports: {
    start: (depositCode?: string) =>
      body(client.POST('/api/imports', { body: depositCode === undefined ? {} : { depositCode } })),
    finish: (id: string) => body(client.POST('/api/imports/{id}/finish', path(id))),
    get: (id: string) => body(client.GET('/api/imports/{id}', path(id))),
    list: () => body(client.GET('/api/imports')),
  },
  viewers: {
    forItems: (ids: readonly string[]) =>
      body(client.GET('/api/viewers', { params: { query: { items: ids.join(',') } } })),
  },
  sessions: {
    start: (wish: Body<'/api/sessions', 'post'>) => body(client.POST('/api/sessions', { body: wish })),
    list: () => body(client.GET('/api/sessions')),
    get: (id: string) => body(client.GET('/api/sessions/{id}', path(id))),
    stop: (id: string) => body(client.POST('/api/sessions/{id}/stop', path(id))),
    ticket: (id: string) => body(client.POST('/api/sessions/{id}/tickets', path(id))),
    sendOut: (id: string, participationId: string) =>
      body(
        client.DELETE('/api/sessions/{id}/participants/{participationId}', {
          params: { path: { id, participationId } },
        }),
      ),
  },
  reservations: {
    make: (wish: NewReservation) => body(client.POST('/api/reservations', { body: wish })),
    list: () => body(client.GET('/api/reservations')),
    cancel: (id: string) => body(client.POST('/api/reservations/{id}/cancel', path(id))),
  },
  links: {
    make: (link: NewLink) => body(client.POST('/api/links', { body: link })),
    list: () => body(client.GET('/api/links')),
    revoke: (id: string) => body(client.POST('/api/links/{id}/revoke', path(id))),
  },
  visit: {
    preview: (secret: string) => body(client.POST('/api/visit/preview', { body: { secret } })),
    redeem: (visitor: Body<'/api/visit/redeem', 'post'>) =>
      body(client.POST('/api/visit/redeem', { body: visitor })),
    get: () => body(client.GET('/api/visit')),
    open: () => body(client.POST('/api/visit/open')),
    ticket: () => body(client.POST('/api/visit/tickets')),
  },
  dicom: {
    nodes: () => body(client.GET('/api/dicom-nodes')),
    register: (node: Body<'/api/dicom-nodes', 'post'>) =>
      body(client.POST('/api/dicom-nodes', { body: node })),
    remove: (id: string) => body(client.DELETE('/api/dicom-nodes/{id}', path(id))),
    inbox: () => body(client.GET('/api/inbox')),
    deliver: (id: string, code: string) =>
      body(client.POST('/api/inbox/{id}/deliver', { ...path(id), body: { code } })),
    throwAway: (id: string) => body(client.DELETE('/api/inbox/{id}', path(id))),
  },
  ftps: {
    get: () => body(client.GET('/api/ftps-account')),
    make: () => body(client.POST('/api/ftps-account')),
    revoke: () => body(client.DELETE('/api/ftps-account')),
  },
  deposits: {
    makeCode: (code: Body<'/api/deposit-codes', 'post'>) =>
      body(client.POST('/api/deposit-codes', { body: code })),
    codes: () => body(client.GET('/api/deposit-codes')),
    revokeCode: (id: string) => body(client.POST('/api/deposit-codes/{id}/revoke', path(id))),
    check: (code: string) => body(client.POST('/api/deposits/check', { body: { code } })),
  },
  programs: {
    make: (token: Body<'/api/access-tokens', 'post'>) =>
      body(client.POST('/api/access-tokens', { body: token })),
    list: () => body(client.GET('/api/access-tokens')),
    revoke: (id: string) => body(client.POST('/api/access-tokens/{id}/revoke', path(id))),
  },
  readers: {
    make: (address: Body<'/api/reading-addresses', 'post'>) =>
      body(client.POST('/api/reading-addresses', { body: address })),
    list: () => body(client.GET('/api/reading-addresses')),
    revoke: (id: string) => body(client.POST('/api/reading-addresses/{id}/revoke', path(id))),
  },
  audit: {
    list: (before: number | undefined, limit: number) =>
      body(
        client.GET('/api/audit', {
          params: { query: before === undefined ? { limit } : { limit, before } },
        }),
      ),
  },
  admin: {
    viewers: () => body(client.GET('/api/admin/viewers')),
    viewer: (id: string) => body(client.GET('/api/admin/viewers/{id}', path(id))),
    addViewer: (reference: string) => body(client.POST('/api/admin/viewers', { body: { reference } })),
    enableViewer: (id: string) => body(client.POST('/api/admin/viewers/{id}/enable', path(id))),
    disableViewer: (id: string) => body(client.POST('/api/admin/viewers/{id}/disable', path(id))),
    isolations: () => body(client.GET('/api/admin/viewers/isolations')),
    isolateViewer: (id: string, isolation: Isolation) =>
      body(client.POST('/api/admin/viewers/{id}/isolation', { ...path(id), body: { isolation } })),
    allowResults: (id: string, allowed: boolean) =>
      body(client.POST('/api/admin/viewers/{id}/results', { ...path(id), body: { allowed } })),
    allowEgress: (id: string, egress: string[]) =>
      body(client.POST('/api/admin/viewers/{id}/egress', { ...path(id), body: { egress } })),
    testViewer: (id: string) => body(client.POST('/api/admin/viewers/{id}/test', path(id))),
    approveViewer: (id: string) => body(client.POST('/api/admin/viewers/{id}/approve', path(id))),
    sessions: () => body(client.GET('/api/admin/sessions')),
    endSession: (id: string) => body(client.POST('/api/admin/sessions/{id}/end', path(id))),
    accounts: () => body(client.GET('/api/admin/accounts')),
    addAccount: (account: NewAccount) => body(client.POST('/api/admin/accounts', { body: account })),
  },
  studio: {
    bases: () => body(client.GET('/api/studio/bases')),
    submitted: () => body(client.GET('/api/studio/submitted')),
    builds: () => body(client.GET('/api/studio/builds')),
    build: (id: string) => body(client.GET('/api/studio/builds/{id}', path(id))),
    open: (viewerId: string) => body(client.POST('/api/studio/builds', { body: { viewerId } })),
    ticket: (id: string) => body(client.POST('/api/studio/builds/{id}/tickets', path(id))),
    submit: (id: string, wish: NewViewer) =>
      body(client.POST('/api/studio/builds/{id}/submit', { ...path(id), body: wish })),
    discard: (id: string) => body(client.POST('/api/studio/builds/{id}/discard', path(id))),
  },
};
