import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import { AccountsPage } from '../features/admin/accounts-page.js';
import { SessionsPage } from '../features/admin/sessions-page.js';
import { ViewersPage } from '../features/admin/viewers-page.js';
import { PasswordPage } from '../features/account/password-page.js';
import { SignInPage } from '../features/account/sign-in-page.js';
import { SignUpPage } from '../features/account/sign-up-page.js';
import { AddPage } from '../features/add/add-page.js';
import { AuditPage } from '../features/audit/audit-page.js';
import { DepositCodesPage } from '../features/deposit/deposit-codes-page.js';
import { PacsPage } from '../features/deposit/pacs-page.js';
import { DepositPage } from '../features/deposit/deposit-page.js';
import { LaterPage } from '../features/later/later-page.js';
import { ItemPage } from '../features/record/item-page.js';
import { RecordPage } from '../features/record/record-page.js';
import { SettingsPage } from '../features/settings/settings-page.js';
import { SharesPage } from '../features/share/shares-page.js';
import { BuildPage } from '../features/studio/build-page.js';
import { StudioPage } from '../features/studio/studio-page.js';
import { ViewerPage } from '../features/viewer/viewer-page.js';
import { VisitPage } from '../features/visit/visit-page.js';
import { CrashedPage } from './crashed-page.js';
import { Guard } from './guard.js';
import { history } from './history.js';
import { HomePage } from './home-page.js';
import { NotFoundPage } from './not-found-page.js';
import { Shell } from './shell.js';

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashedPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignInPage,
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  component: SignUpPage,
});
const visit = createRoute({ getParentRoute: () => root, path: '/visit', component: VisitPage });

/** Everything below needs somebody who is signed in. */
const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Guard });
const password = createRoute({ getParentRoute: () => signedIn, path: '/password', component: PasswordPage });
const viewer = createRoute({
  getParentRoute: () => signedIn,
  path: '/viewer/$sessionId',
  component: ViewerPage,
});

const build = createRoute({
  getParentRoute: () => signedIn,
  path: '/studio/$sessionId',
  component: BuildPage,
});

const shell = createRoute({ getParentRoute: () => signedIn, id: 'shell', component: Shell });
const home = createRoute({ getParentRoute: () => shell, path: '/', component: HomePage });
const record = createRoute({ getParentRoute: () => shell, path: '/record', component: RecordPage });
const item = createRoute({ getParentRoute: () => shell, path: '/record/$itemId', component: ItemPage });
const add = createRoute({ getParentRoute: () => shell, path: '/add', component: AddPage });
const shares = createRoute({ getParentRoute: () => shell, path: '/shares', component: SharesPage });
const looked = createRoute({ getParentRoute: () => shell, path: '/looked', component: AuditPage });
const hospital = createRoute({ getParentRoute: () => shell, path: '/hospital', component: DepositCodesPage });
const later = createRoute({ getParentRoute: () => shell, path: '/later', component: LaterPage });
const settings = createRoute({ getParentRoute: () => shell, path: '/settings', component: SettingsPage });
const deposit = createRoute({ getParentRoute: () => shell, path: '/deposit', component: DepositPage });
const pacs = createRoute({ getParentRoute: () => shell, path: '/pacs', component: PacsPage });
const adminViewers = createRoute({
  getParentRoute: () => shell,
  path: '/admin/viewers',
  component: ViewersPage,
});
const studio = createRoute({ getParentRoute: () => shell, path: '/studio', component: StudioPage });
const adminSessions = createRoute({
  getParentRoute: () => shell,
  path: '/admin/sessions',
  component: SessionsPage,
});
const adminAccounts = createRoute({
  getParentRoute: () => shell,
  path: '/admin/accounts',
  component: AccountsPage,
});

const routeTree = root.addChildren([
  signIn,
  signUp,
  visit,
  signedIn.addChildren([
    password,
    viewer,
    build,
    shell.addChildren([
      home,
      record,
      item,
      add,
      shares,
      looked,
      hospital,
      later,
      settings,
      deposit,
      pacs,
      adminViewers,
      studio,
      adminSessions,
      adminAccounts,
    ]),
  ]),
]);

export const router = createRouter({
  routeTree,
  history,
  defaultErrorComponent: CrashedPage,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
