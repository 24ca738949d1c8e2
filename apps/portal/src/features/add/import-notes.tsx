import { Text, Title } from '@mantine/core';
import { useId } from 'react';
import type { ImportNote } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { noteSentence } from '../../words/problem-sentence.js';
import { number } from '../../words/sizes.js';
import classes from './add.module.css';

const SHOWN = 20;
const FEW = 3;

/** Notes about files that were added all the same. */
const ADDED: readonly ImportNote['code'][] = [
  'exchange.hidden-content',
  'exchange.flagged',
  'exchange.not-scanned',
];

interface Props {
  readonly notes: readonly ImportNote[];
  /** Notes beyond those that the server lists. */
  readonly omitted: number;
}

/** What was not added and why, and apart from it what was added with something to know about it. */
export function ImportNotes({ notes, omitted }: Props) {
  const { t, language } = useWords();
  return (
    <>
      <Reasons title={t('add.notAdded')} notes={notes.filter(({ code }) => !ADDED.includes(code))} />
      <Reasons title={t('add.addedNote')} notes={notes.filter(({ code }) => ADDED.includes(code))} />
      {omitted > 0 && <Text c="dimmed">{t('add.moreNames', { number: number(omitted, language) })}</Text>}
    </>
  );
}

/** One sentence for each reason and the names below it; many names wait behind their number. */
function Reasons({ title, notes }: { readonly title: string; readonly notes: readonly ImportNote[] }) {
  const id = useId();
  if (notes.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <Title order={2} fz="lg" id={id} mb="xs">
        {title}
      </Title>
      <ReasonList notes={notes} />
    </section>
  );
}

/** The same without a title. What is about the whole has no name. */
export function ReasonList({ notes }: { readonly notes: readonly ImportNote[] }) {
  const { t, language } = useWords();
  const reasons = new Map<string, ImportNote[]>();
  for (const note of notes) {
    const reason = noteSentence(note.code, note.message, language);
    const list = reasons.get(reason);
    if (list === undefined) reasons.set(reason, [note]);
    else list.push(note);
  }
  return (
    <ul className={classes['list']}>
      {[...reasons].map(([reason, all]) => {
        const list = all.filter(({ name }) => name !== '');
        return (
          <li key={reason} className={classes['reason']}>
            <Text>{reason}</Text>
            {list.length > FEW ? (
              <details>
                <summary>
                  {t('add.files', { count: list.length, number: number(list.length, language) })}
                </summary>
                <Names notes={list} />
              </details>
            ) : (
              list.length > 0 && <Names notes={list} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Names({ notes }: { readonly notes: readonly ImportNote[] }) {
  const { t, language } = useWords();
  return (
    <ul className={classes['names']}>
      {notes.slice(0, SHOWN).map((note, index) => (
        <li key={`${index} ${note.name}`}>
          {note.detail === undefined ? note.name : `${note.name} (${note.detail})`}
        </li>
      ))}
      {notes.length > SHOWN && (
        <li>{t('add.moreNames', { number: number(notes.length - SHOWN, language) })}</li>
      )}
    </ul>
  );
}
