import type { ItemDetail } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { When } from '../../parts/when.js';
import { bytes } from '../../words/sizes.js';
import { longDate } from '../../words/times.js';
import classes from './item-page.module.css';

/** What the files say of themselves and where they came from. */
export function ItemFacts({ item }: { readonly item: ItemDetail }) {
  const { t, language } = useWords();
  const study = item.study;
  return (
    <dl className={classes['facts']} aria-label={t('record.item.facts')}>
      {item.takenOn !== null && (
        <>
          <dt>{t('record.item.taken')}</dt>
          <dd>{longDate(item.takenOn, language)}</dd>
        </>
      )}
      {study?.institution && (
        <>
          <dt>{t('record.item.institution')}</dt>
          <dd>{study.institution}</dd>
        </>
      )}
      {study?.patientName && (
        <>
          <dt>{t('record.item.named')}</dt>
          <dd>{study.patientName}</dd>
        </>
      )}
      <dt>{t('record.item.came')}</dt>
      <dd>
        {item.origin.kind === 'self' ? t('record.item.self') : item.origin.name}, <When at={item.origin.at} />
      </dd>
      <dt>{t('record.item.size')}</dt>
      <dd>{bytes(item.bytes, language)}</dd>
    </dl>
  );
}
