import { Text } from '@mantine/core';
import type { ImportNote } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { noteSentence } from '../../words/problem-sentence.js';
import { number } from '../../words/sizes.js';
import classes from './add.module.css';

const SHOWN = 20;

interface Props {
  readonly notes: readonly ImportNote[];
  /** Notes beyond those that the server lists. */
  readonly omitted: number;
}

/** What was not added and why: one line for each reason, the names behind it. */
export function ImportNotes({ notes, omitted }: Props) {
  const { t, language } = useWords();
  const reasons = new Map<string, ImportNote[]>();
  for (const note of notes) {
    const reason = noteSentence(note.code, note.message, language);
    const list = reasons.get(reason);
    if (list === undefined) reasons.set(reason, [note]);
    else list.push(note);
  }
  return (
    <section>
      {[...reasons].map(([reason, list]) => (
        <details key={reason} className={classes['notes']} open={list.length <= 3}>
          <summary>
            {t('add.notesFew', { count: list.length, number: number(list.length, language) })}: {reason}
          </summary>
          <ul className={classes['names']}>
            {list.slice(0, SHOWN).map((note, index) => (
              <li key={`${index} ${note.name}`}>{note.name}</li>
            ))}
            {list.length > SHOWN && (
              <li>
                <Text component="span">
                  {t('add.moreNames', { number: number(list.length - SHOWN, language) })}
                </Text>
              </li>
            )}
          </ul>
        </details>
      ))}
      {omitted > 0 && <Text c="dimmed">{t('add.moreNames', { number: number(omitted, language) })}</Text>}
    </section>
  );
}
