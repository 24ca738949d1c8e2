import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Loss } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useSay } from '../../parts/use-say.js';
import { number } from '../../words/sizes.js';
import { longDate } from '../../words/times.js';
import { ReasonList } from '../add/import-notes.js';
import { useLosses, useReadLoss } from './record-queries.js';
import classes from './pending.module.css';

/** What was saved or sent and could not be kept, above everything else, until it is read. Nothing where there is none. */
export function Losses() {
  const { t } = useWords();
  const losses = useLosses().data ?? [];
  if (losses.length === 0) return null;
  return (
    <section aria-labelledby="losses" className={classes['section']}>
      <Title order={2} id="losses">
        {t('record.loss.title')}
      </Title>
      {losses.map((loss) => (
        <LossCard key={loss.id} loss={loss} />
      ))}
    </section>
  );
}

function LossCard({ loss }: { readonly loss: Loss }) {
  const { t, language } = useWords();
  const say = useSay();
  const read = useReadLoss();
  const isViewer = loss.from.kind === 'viewer';
  const words = { name: loss.from.name, day: longDate(loss.at, language) };
  return (
    <article className={classes['loss']}>
      <IconAlertTriangle size={24} aria-hidden="true" />
      <div className={classes['what']}>
        <Text fw={600} mb="xs">
          {isViewer
            ? t(loss.isWhole ? 'record.loss.viewer' : 'record.loss.viewerPartly', words)
            : t('record.loss.provider', words)}
        </Text>
        <ReasonList notes={loss.notes} />
        {loss.notesOmitted > 0 && (
          <Text>{t('add.moreNames', { number: number(loss.notesOmitted, language) })}</Text>
        )}
        <Text my="sm">{t(isViewer ? 'record.loss.viewerHint' : 'record.loss.providerHint')}</Text>
        <Button
          variant="default"
          loading={read.isPending}
          onClick={() => read.mutate(loss.id, { onError: say.trouble })}
        >
          {t('record.loss.read')}
        </Button>
      </div>
    </article>
  );
}
