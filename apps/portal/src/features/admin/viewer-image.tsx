import { Text } from '@mantine/core';
import type { ViewerAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { When } from '../../parts/when.js';
import { number } from '../../words/sizes.js';
import classes from './admin.module.css';

const OLD_MS = 90 * 24 * 60 * 60_000;

/** How old an image is: as old as the oldest that it was made of. Debian's security updates are never in an older one. */
export function ViewerAge({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t } = useWords();
  const now = useNow(60_000);
  const { imageCreatedAt, origin } = viewer;
  if (imageCreatedAt === null) return <>{t('admin.viewers.ageUnknown')}</>;
  const oldest = origin === null ? imageCreatedAt : origin.base.createdAt;
  return (
    <>
      {t('admin.viewers.made')} <When at={imageCreatedAt} />
      {origin !== null && (
        <>
          {', '}
          {t('admin.viewers.onBase', { title: origin.base.title })} <When at={origin.base.createdAt} />
        </>
      )}
      {now - Date.parse(oldest) > OLD_MS && (
        <Text className={classes['old'] ?? ''}>{t('admin.viewers.old')}</Text>
      )}
    </>
  );
}

/** What is installed in an image: how much, and the list to take along. */
export function ViewerPackages({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t, language } = useWords();
  if (viewer.packages === null) return <>{t('admin.viewers.packagesUnknown')}</>;
  return (
    <>
      {t('admin.viewers.packagesCount', {
        count: viewer.packages,
        number: number(viewer.packages, language),
      })}
      {' · '}
      <a
        className={classes['sbom']}
        href={`/api/admin/viewers/${encodeURIComponent(viewer.id)}/sbom`}
        download
        aria-label={t('admin.viewers.sbomOf', { title: viewer.title })}
      >
        {t('admin.viewers.sbom')}
      </a>
    </>
  );
}
