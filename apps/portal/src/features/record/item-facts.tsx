import type { TFunction } from 'i18next';
import type { ItemDetail } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { When } from '../../parts/when.js';
import { bytes } from '../../words/sizes.js';
import { longDate } from '../../words/times.js';
import classes from './item-page.module.css';

function cameFrom({ kind, name }: ItemDetail['origin'], t: TFunction): string {
  if (kind === 'self') return t('record.item.self');
  return kind === 'viewer' ? t('record.item.viewer', { viewer: name }) : name;
}

/** What the files say of themselves and where they came from. */
export function ItemFacts({ item }: { readonly item: ItemDetail }) {
  const { t, language } = useWords();
  const isDocument = item.document !== undefined;
  const about = item.study ?? item.document;
  return (
    <dl className={classes['facts']} aria-label={t('record.item.facts')}>
      {item.takenOn !== null && (
        <>
          <dt>{t(isDocument ? 'record.item.written' : 'record.item.taken')}</dt>
          <dd>{longDate(item.takenOn, language)}</dd>
        </>
      )}
      {about?.institution && (
        <>
          <dt>{t(isDocument ? 'record.item.from' : 'record.item.institution')}</dt>
          <dd>{about.institution}</dd>
        </>
      )}
      {about?.patientName && (
        <>
          <dt>{t(isDocument ? 'record.item.about' : 'record.item.named')}</dt>
          <dd>{about.patientName}</dd>
        </>
      )}
      <dt>{t('record.item.came')}</dt>
      <dd>
        {cameFrom(item.origin, t)}, <When at={item.origin.at} />
      </dd>
      <dt>{t('record.item.size')}</dt>
      <dd>{bytes(item.bytes, language)}</dd>
    </dl>
  );
}
