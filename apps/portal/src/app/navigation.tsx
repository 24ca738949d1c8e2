import {
  IconActivity,
  IconCirclePlus,
  IconEye,
  IconHome,
  IconLink,
  IconListDetails,
  IconPhotoScan,
  IconServer,
  IconTool,
  IconUpload,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import type { Role } from '../api/types.js';
import { PlainLink } from '../parts/plain-link.js';
import { useWords } from './use-words.js';
import classes from './navigation.module.css';

type Place =
  | '/'
  | '/record'
  | '/add'
  | '/shares'
  | '/looked'
  | '/deposit'
  | '/pacs'
  | '/admin/viewers'
  | '/studio'
  | '/admin/sessions'
  | '/admin/accounts';
type Name =
  | 'start'
  | 'record'
  | 'add'
  | 'shares'
  | 'looked'
  | 'deposit'
  | 'pacs'
  | 'viewers'
  | 'studio'
  | 'sessions'
  | 'accounts';

const PLACES: Record<Role, readonly { to: Place; name: Name; icon: Icon }[]> = {
  patient: [
    { to: '/record', name: 'record', icon: IconListDetails },
    { to: '/add', name: 'add', icon: IconCirclePlus },
    { to: '/shares', name: 'shares', icon: IconLink },
    { to: '/looked', name: 'looked', icon: IconEye },
  ],
  caregiver: [{ to: '/', name: 'start', icon: IconHome }],
  provider: [
    { to: '/deposit', name: 'deposit', icon: IconUpload },
    { to: '/pacs', name: 'pacs', icon: IconServer },
  ],
  vendor: [{ to: '/studio', name: 'studio', icon: IconTool }],
  admin: [
    { to: '/admin/viewers', name: 'viewers', icon: IconPhotoScan },
    { to: '/studio', name: 'studio', icon: IconTool },
    { to: '/admin/sessions', name: 'sessions', icon: IconActivity },
    { to: '/admin/accounts', name: 'accounts', icon: IconUsers },
  ],
};

/** Where one can go: in the header on a wide screen, at the lower edge under the thumb on a narrow one. */
export function Navigation({ role }: { readonly role: Role }) {
  const { t } = useWords();
  return (
    <nav className={classes['nav']} aria-label={t('nav.label')}>
      {PLACES[role].map(({ to, name, icon: Sign }) => (
        <PlainLink key={to} to={to} className={classes['link'] ?? ''} activeProps={{ 'data-active': true }}>
          <Sign className={classes['icon']} size={24} stroke={1.75} aria-hidden="true" />
          <span className={classes['text']}>{t(`nav.${name}`)}</span>
        </PlainLink>
      ))}
    </nav>
  );
}
