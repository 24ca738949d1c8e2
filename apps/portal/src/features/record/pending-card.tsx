import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconEye } from '@tabler/icons-react';
import { useState } from 'react';
import { isProblem } from '../../api/problem.js';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { useSay } from '../../parts/use-say.js';
import { itemLine } from '../../words/item-words.js';
import { mismatchSentence } from '../../words/mismatch-sentence.js';
import { longDate, relative } from '../../words/times.js';
import { useNow } from '../../parts/use-now.js';
import { useAccept, useReject, useViewerChoices } from './record-queries.js';
import { Thumbnail } from './thumbnail.js';
import { useOpen } from './use-open.js';
import classes from './pending.module.css';

/** One deposit or result: what it is, from whom, a look at it, and the question. A name that does not fit has to be confirmed. */
export function PendingCard({ item }: { readonly item: Item }) {
  const { t, language } = useWords();
  const say = useSay();
  const now = useNow(60_000);
  const accept = useAccept();
  const reject = useReject();
  const viewers = useViewerChoices([item.id]);
  const open = useOpen();
  const [asking, setAsking] = useState<'confirm' | 'reject' | null>(null);
  const mismatch = (item.study ?? item.document)?.mismatch === 'unconfirmed';
  const isDocument = item.document !== undefined;

  // Answers are told by promises: the card is gone from the page by the time they come.
  const keep = async (confirmMismatch: boolean) => {
    try {
      await accept.mutateAsync({ item, confirmMismatch });
      setAsking(null);
      say.done(t('record.pending.accepted', { title: item.title }));
    } catch (error) {
      if (isProblem(error, 'exchange.mismatch-unconfirmed')) setAsking('confirm');
      else say.trouble(error);
    }
  };
  const throwAway = async () => {
    setAsking(null);
    try {
      await reject.mutateAsync(item);
      say.done(t('record.pending.rejected', { title: item.title }));
    } catch (error) {
      say.trouble(error);
    }
  };

  const isSaved = item.from?.kind === 'viewer';
  const organisation = item.from?.organisation ?? '';
  const at = item.from?.at ?? item.addedAt;
  return (
    <article className={classes['card']}>
      <Thumbnail item={item} />
      <div className={classes['what']}>
        <Title order={3}>{item.title}</Title>
        <Text c="dimmed">{itemLine(item, language, t)}</Text>
        <Text>
          {isSaved
            ? t('record.pending.saved', { viewer: organisation, day: longDate(at, language) })
            : t(organisation === '' ? 'record.pending.unknown' : 'record.pending.from', {
                organisation,
                when: relative(at, now, language),
              })}
        </Text>
        {item.from?.until !== undefined && (
          <Text>{t('record.pending.savedUntil', { day: longDate(item.from.until, language) })}</Text>
        )}
      </div>
      <div className={classes['question']}>
        {mismatch && (
          <p className={classes['mismatch']}>
            <IconAlertTriangle size={24} aria-hidden="true" />
            <span>{mismatchSentence(item, language, t)}</span>
          </p>
        )}
        <div className={classes['answers']}>
          {viewers.data !== undefined && viewers.data.viewers.length > 0 && (
            <Button
              variant="light"
              leftSection={<IconEye size={24} stroke={1.5} aria-hidden="true" />}
              loading={open.isPending}
              onClick={() => open.open({ itemIds: [item.id] })}
            >
              {t('record.pending.look')}
            </Button>
          )}
          <Button
            loading={accept.isPending}
            onClick={() => (mismatch ? setAsking('confirm') : void keep(false))}
          >
            {t('record.pending.accept')}
          </Button>
          <Button variant="default" onClick={() => setAsking('reject')}>
            {t('record.pending.reject')}
          </Button>
        </div>
      </div>
      {open.question}
      <Ask
        opened={asking === 'confirm'}
        title={t(isDocument ? 'record.pending.confirmTitleDocument' : 'record.pending.confirmTitle')}
        text={
          <>
            {mismatchSentence(item, language, t)}{' '}
            {t(isDocument ? 'record.pending.confirmTextDocument' : 'record.pending.confirmText')}
          </>
        }
        yes={t('record.pending.confirmYes')}
        no={t('record.pending.confirmNo')}
        busy={accept.isPending}
        onYes={() => void keep(true)}
        onNo={() => setAsking(null)}
      />
      <Ask
        opened={asking === 'reject'}
        title={t('record.pending.rejectTitle')}
        text={t(isSaved ? 'record.pending.rejectTextSaved' : 'record.pending.rejectText', { organisation })}
        yes={t('record.pending.rejectYes')}
        danger
        onYes={() => void throwAway()}
        onNo={() => setAsking(null)}
      />
    </article>
  );
}
