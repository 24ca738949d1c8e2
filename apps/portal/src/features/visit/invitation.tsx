import { Text } from '@mantine/core';
import type { VisitPreview } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { fullTime, until } from '../../words/times.js';
import classes from './visit.module.css';

type Told = Pick<VisitPreview, 'patientName' | 'titles' | 'control' | 'watermark' | 'expiresAt'>;

/** To what, until when, and what one may do there. */
export function Invitation({ invitation }: { readonly invitation: Told }) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  return (
    <div className={classes['card']}>
      <ul className={classes['titles']}>
        {invitation.titles.map((title, index) => (
          <li key={`${index} ${title}`}>{title}</li>
        ))}
      </ul>
      <Text title={fullTime(invitation.expiresAt, language)}>
        {t('visit.until', { until: until(invitation.expiresAt, now, language) })}{' '}
        {t(invitation.control === 'control' ? 'visit.maySteer' : 'visit.mayLook', {
          name: invitation.patientName,
        })}
        {invitation.watermark && ` ${t('visit.watermark')}`}
      </Text>
    </div>
  );
}
