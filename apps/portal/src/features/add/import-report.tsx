import { Progress, Stack, Text, Title } from '@mantine/core';
import type { Import, ImportNote, Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { itemLine } from '../../words/item-words.js';
import { number } from '../../words/sizes.js';
import { Thumbnail } from '../record/thumbnail.js';
import { ImportNotes } from './import-notes.js';
import classes from './add.module.css';

interface Props {
  readonly found: Import;
  readonly refused: readonly ImportNote[];
  /** The whole has arrived; until then nothing is final. */
  readonly sent: boolean;
  /** What to say at the end instead of the number of things added. */
  readonly doneTitle?: string;
}

/** What was found, as it is found; at the end what was added, what was there already, what was refused and why. */
export function ImportReport({ found, refused, sent, doneTitle }: Props) {
  const { t, language } = useWords();
  const over = found.state === 'done' || found.state === 'failed';
  const received = Math.max(found.filesReceived, found.filesExamined);
  // A note without a name is about the whole, and the title says it already.
  const notes = [...refused, ...found.notes.filter(({ name }) => name !== '')];
  return (
    <Stack gap="md">
      <div role="status">
        {over ? (
          <Title order={2}>{endWords()}</Title>
        ) : (
          sent && (
            <>
              <Text fw={600} fz="lg" mb="xs">
                {received > 0
                  ? t('add.examining', {
                      done: number(found.filesExamined, language),
                      total: number(received, language),
                    })
                  : t('add.examiningShort')}
              </Text>
              <Progress
                value={received === 0 ? 0 : (found.filesExamined / received) * 100}
                size="lg"
                radius="sm"
                aria-label={t('add.examiningShort')}
              />
            </>
          )
        )}
      </div>
      {found.items.length + found.deposits.length > 0 && (
        <section aria-labelledby="found">
          <Title order={2} fz="lg" id="found" mb="xs">
            {t('add.found')}
          </Title>
          <ul className={classes['list']}>
            {found.items.map((item) => (
              <FoundRow key={item.id} item={item} />
            ))}
            {found.deposits.map((deposit, index) => (
              <li key={`${index} ${deposit.title}`} className={classes['found']}>
                <Text fw={600}>{deposit.title}</Text>
                <Text c="dimmed">
                  {t('record.images', { count: deposit.count, number: number(deposit.count, language) })}
                </Text>
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.filesDuplicate > 0 && (
        <Text>
          {t('add.duplicates', {
            count: found.filesDuplicate,
            number: number(found.filesDuplicate, language),
          })}
        </Text>
      )}
      {notes.length > 0 && <ImportNotes notes={notes} omitted={found.notesOmitted} />}
    </Stack>
  );

  function endWords(): string {
    if (found.state === 'failed') return t('add.failedTitle');
    if (found.items.length + found.deposits.length === 0) return t('add.doneNothing');
    return doneTitle ?? t('add.doneTitle', { count: found.items.length });
  }
}

function FoundRow({ item }: { readonly item: Item }) {
  const { t, language } = useWords();
  return (
    <li className={classes['found']}>
      <Thumbnail item={item} />
      <div>
        <Text fw={600}>{item.title}</Text>
        <Text c="dimmed">{itemLine(item, language, t)}</Text>
      </div>
    </li>
  );
}
