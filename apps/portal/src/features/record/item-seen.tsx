import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { PlainLink } from '../../parts/plain-link.js';
import { When } from '../../parts/when.js';
import { auditSentence } from '../../words/audit-sentence.js';
import { looksAt } from '../../words/audit-looks.js';
import classes from './item-page.module.css';

const SHOWN = 5;

/** The latest looks at this one thing. */
export function ItemSeen({ item }: { readonly item: Item }) {
  const { t } = useWords();
  const audit = useQuery({
    queryKey: ['audit', 'latest'],
    queryFn: async () => (await api.audit.list(undefined, 200)).events,
  });
  const lines = looksAt(audit.data ?? [], item.id).slice(0, SHOWN);
  if (audit.isPending || audit.isError) return null;
  return (
    <>
      {lines.length === 0 ? (
        <Text c="dimmed">{t('record.item.seenNobody')}</Text>
      ) : (
        <ul className={classes['list']}>
          {lines.map((line) => (
            <li key={line.sequence}>
              <span>{auditSentence(line, t)}</span>
              <Text component="span" c="dimmed">
                <When at={line.at} />
              </Text>
            </li>
          ))}
        </ul>
      )}
      <Text mt="sm">
        <PlainLink to="/looked">{t('record.item.seenAll')}</PlainLink>
      </Text>
    </>
  );
}
