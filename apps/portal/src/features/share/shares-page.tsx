import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { Empty } from '../../parts/empty.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { LinkRow } from './link-row.js';
import classes from './share.module.css';

export function SharesPage() {
  const { t } = useWords();
  const links = useQuery({ queryKey: ['links'], queryFn: api.links.list, refetchInterval: 10_000 });
  // Somebody may still be looking through a link that is used up: it belongs to what is open.
  const open = links.data?.filter((link) => link.state === 'active' || link.watching > 0) ?? [];
  const over = links.data?.filter((link) => !open.includes(link)) ?? [];
  return (
    <Page title={t('share.list.title')} lead={t('share.list.lead')}>
      {links.isError && <Trouble error={links.error} onAgain={() => void links.refetch()} />}
      {links.isPending && <Waiting />}
      {links.data?.length === 0 && (
        <Empty title={t('share.list.emptyTitle')} text={t('share.list.emptyText')}>
          <ButtonLink to="/record">{t('nav.record')}</ButtonLink>
        </Empty>
      )}
      {open.length > 0 && (
        <section aria-labelledby="open-links">
          <Title order={2} id="open-links" mb="sm">
            {t('share.list.active')}
          </Title>
          <ul className={classes['list']}>
            {open.map((link) => (
              <LinkRow key={link.id} link={link} />
            ))}
          </ul>
        </section>
      )}
      {over.length > 0 && (
        <section aria-labelledby="links-over">
          <Title order={2} id="links-over" mb="sm">
            {t('share.list.over')}
          </Title>
          <ul className={classes['list']}>
            {over.map((link) => (
              <LinkRow key={link.id} link={link} />
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}
