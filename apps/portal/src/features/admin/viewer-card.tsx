import { Badge, Button, Group, Text, Title } from '@mantine/core';
import { IconPhotoScan } from '@tabler/icons-react';
import type { ViewerAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { AdmissionChecks } from './admission-checks.js';
import { isUnderTest, useChangeViewer, type ViewerAct } from './viewer-queries.js';
import { ViewerResults } from './viewer-results.js';
import { ViewerAge, ViewerPackages } from './viewer-image.js';
import { ViewerEgress } from './viewer-egress.js';
import { ViewerWalls } from './viewer-walls.js';
import classes from './admin.module.css';

const COLOUR = {
  testing: 'petrol',
  awaiting: 'petrol',
  offered: 'petrol',
  refused: 'red',
  disabled: 'gray',
} as const;
/** What waits for somebody stands out. */
const VARIANT = {
  testing: 'light',
  awaiting: 'filled',
  offered: 'light',
  refused: 'light',
  disabled: 'default',
} as const;

/** One viewer of the catalogue: its own screenshot, what it opens, what exactly is started, its state. */
export function ViewerCard({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t } = useWords();
  const say = useSay();
  const change = useChangeViewer(viewer.id);
  const underTest = isUnderTest(viewer);
  const act = (what: ViewerAct) =>
    change.mutate(what, {
      onSuccess: (changed) =>
        say.done(
          t('admin.viewers.changed', {
            title: changed.title,
            state: t(`admin.viewers.state.${changed.state}`),
          }),
        ),
      onError: say.trouble,
    });
  return (
    <article className={classes['card']} aria-labelledby={`viewer-${viewer.id}`}>
      <div className={classes['shot']}>
        {viewer.hasIcon ? (
          <img
            src={`/api/viewers/${encodeURIComponent(viewer.id)}/icon`}
            alt={t('admin.viewers.icon', { title: viewer.title })}
            loading="lazy"
          />
        ) : (
          <IconPhotoScan size={48} stroke={1} aria-label={t('admin.viewers.noIcon')} role="img" />
        )}
      </div>
      <div className={classes['body']}>
        <Group gap="sm">
          <Title order={2} fz="lg" id={`viewer-${viewer.id}`}>
            {viewer.title}
          </Title>
          <Badge color={COLOUR[viewer.state]} variant={VARIANT[viewer.state]}>
            {t(`admin.viewers.state.${viewer.state}`)}
          </Badge>
        </Group>
        <Text>{viewer.sentence}</Text>
        <dl className={classes['facts']}>
          <dt>{t('admin.viewers.formats')}</dt>
          <dd>{viewer.formats.join(', ')}</dd>
          <dt>{t('admin.viewers.isolation')}</dt>
          <dd>
            <ViewerWalls viewer={viewer} />
          </dd>
          {viewer.results !== 'none' && (
            <>
              <dt>{t('admin.viewers.results')}</dt>
              <dd>
                <ViewerResults viewer={viewer} />
              </dd>
            </>
          )}
          <dt>{t('admin.viewers.network')}</dt>
          <dd>
            {t(viewer.network === 'none' ? 'admin.viewers.networkNone' : 'admin.viewers.networkLoopback')}
          </dd>
          <dt>{t('admin.viewers.egress')}</dt>
          <dd>
            <ViewerEgress viewer={viewer} />
          </dd>
          <dt>{t('admin.viewers.image')}</dt>
          <dd className={classes['mono']}>{viewer.imageReference}</dd>
          <dt>{t('admin.viewers.digest')}</dt>
          <dd className={classes['mono']} title={viewer.imageDigest}>
            {viewer.imageDigest.slice(0, 26)}…
          </dd>
          <dt>{t('admin.viewers.age')}</dt>
          <dd>
            <ViewerAge viewer={viewer} />
          </dd>
          {viewer.origin?.madeBy !== undefined && (
            <>
              <dt>{t('admin.viewers.madeBy')}</dt>
              <dd>{viewer.origin.madeBy.name}</dd>
            </>
          )}
          <dt>{t('admin.viewers.packages')}</dt>
          <dd>
            <ViewerPackages viewer={viewer} />
          </dd>
          {viewer.maximumMinutes !== null && (
            <>
              <dt>{t('admin.viewers.longest')}</dt>
              <dd>{t('admin.viewers.longestMinutes', { minutes: viewer.maximumMinutes })}</dd>
            </>
          )}
          <dt>{t('admin.viewers.licence')}</dt>
          <dd>{viewer.licence}</dd>
        </dl>
        {underTest && viewer.admission !== null && <AdmissionChecks checks={viewer.admission.checks} />}
        {!underTest && viewer.admission !== null && (
          <details>
            <summary className={classes['summary']}>
              {t('admin.viewers.report')} (<When at={viewer.admission.at} />)
            </summary>
            <AdmissionChecks checks={viewer.admission.checks} />
          </details>
        )}
        {viewer.state === 'awaiting' && <Text>{t('admin.viewers.approveHint')}</Text>}
        <Group gap="sm">
          {viewer.state === 'awaiting' && (
            <Button loading={change.isPending} onClick={() => act('approve')}>
              {t('admin.viewers.approve')}
            </Button>
          )}
          {viewer.state === 'disabled' && (
            <Button variant="default" loading={change.isPending} onClick={() => act('enable')}>
              {t('admin.viewers.enable')}
            </Button>
          )}
          {viewer.state === 'offered' && (
            <Button variant="default" loading={change.isPending} onClick={() => act('disable')}>
              {t('admin.viewers.disable')}
            </Button>
          )}
          {!underTest && (
            <Button variant="subtle" disabled={change.isPending} onClick={() => act('test')}>
              {t('admin.viewers.test')}
            </Button>
          )}
        </Group>
      </div>
    </article>
  );
}
