import { Outlet } from '@tanstack/react-router';
import { useWords } from './use-words.js';
import { useMe } from './use-me.js';
import { Navigation } from './navigation.js';
import { OfflineNote } from './offline-note.js';
import { AccountMenu } from './account-menu.js';
import { Wordmark } from '../parts/wordmark.js';
import { PlainLink } from '../parts/plain-link.js';
import classes from './shell.module.css';

/** The frame of every page but the viewer: name, where one can go, who one is. */
export function Shell() {
  const { t } = useWords();
  const me = useMe().data;
  if (!me) return null;
  return (
    <div className={classes['frame']}>
      <a href="#content" className={classes['skip']}>
        {t('skip')}
      </a>
      <header className={classes['header']}>
        <div className={classes['bar']}>
          <PlainLink to="/" className={classes['home'] ?? ''} aria-label={t('app')}>
            <Wordmark />
          </PlainLink>
          <Navigation role={me.role} />
          <AccountMenu me={me} />
        </div>
      </header>
      <OfflineNote />
      <main id="content" className={classes['content']} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
