import { Badge, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Import } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { When } from '../../parts/when.js';
import { number } from '../../words/sizes.js';
import classes from './deposit.module.css';

/** How often is looked (ms): while something is under way, and otherwise. */
const BUSY_MS = 3_000;
const QUIET_MS = 15_000;
const isUnderWay = ({ state }: Import): boolean => state === 'receiving' || state === 'examining';

/** What this provider has sent and what became of it. */
export function SentImports() {
  const { t, language } = useWords();
  const sent = useQuery({
    queryKey: ['imports'],
    queryFn: api.imports.list,
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? BUSY_MS : QUIET_MS),
  });
  return (
    <section aria-labelledby="sent">
      <Title order={2} id="sent" mb="sm">
        {t('deposit.sentTitle')}
      </Title>
      {sent.isError && <Trouble error={sent.error} onAgain={() => void sent.refetch()} />}
      {sent.data?.length === 0 && <Text c="dimmed">{t('deposit.sentEmpty')}</Text>}
      {sent.data !== undefined && sent.data.length > 0 && (
        <ul className={classes['list']}>
          {sent.data.map((one) => (
            <li key={one.id} className={classes['row']}>
              <div>
                {one.deposits.map((deposit, index) => (
                  <Text key={`${index} ${deposit.title}`} fw={600}>
                    {deposit.title}
                  </Text>
                ))}
                <Text c="dimmed">
                  <When at={one.createdAt} />
                  {factsOf(one).map((fact) => ` · ${fact}`)}
                </Text>
              </div>
              <Badge variant="default">{t(`deposit.state.${stateOf(one)}`)}</Badge>
            </li>
          ))}
        </ul>
      )}
    </section>
  );

  function factsOf(one: Import): string[] {
    const { state, filesReceived, filesExamined, filesStored, filesDuplicate, notes, notesOmitted } = one;
    if (state === 'receiving') return [];
    if (state === 'examining') {
      const [done, all] = [filesExamined, filesReceived].map((count) => number(count, language));
      return [t('deposit.examined', { done, all })];
    }
    const say = (count: number) => ({ count, number: number(count, language) });
    const leftOut = notes.length + notesOmitted;
    return [
      t('deposit.stored', say(filesStored)),
      ...(filesDuplicate === 0 ? [] : [t('deposit.duplicates', say(filesDuplicate))]),
      ...(leftOut === 0 ? [] : [t('deposit.refused', say(leftOut))]),
    ];
  }
}

type Shown = 'receiving' | 'examining' | 'failed' | 'done' | 'pending' | 'accepted' | 'rejected';

/** While it is on its way the import's own state, afterwards what the patient decided; open questions come first. */
function stateOf(one: Import): Shown {
  if (one.state !== 'done') return one.state;
  const decisions = one.deposits.map(({ decision }) => decision);
  return (['pending', 'accepted', 'rejected'] as const).find((state) => decisions.includes(state)) ?? 'done';
}
