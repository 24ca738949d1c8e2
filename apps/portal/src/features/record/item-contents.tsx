import { Button, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { ItemDetail } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { bytes, number } from '../../words/sizes.js';
import classes from './item-page.module.css';

const SHORT = 8;

/** The series of a scan, or the files of anything else; long lists open on request. */
export function ItemContents({ item }: { readonly item: ItemDetail }) {
  const { t, language } = useWords();
  const [all, setAll] = useState(false);
  const rows =
    item.series.length > 0
      ? item.series.map((series, index) => ({
          key: series.uid,
          name: series.description || t('record.item.series', { number: series.number ?? index + 1 }),
          fact: t('record.images', { count: series.images, number: number(series.images, language) }),
        }))
      : item.files.map((file, index) => ({
          key: `${index}`,
          name: file.name,
          fact: bytes(file.bytes, language),
        }));
  if (rows.length === 0) return null;
  const shown = all ? rows : rows.slice(0, SHORT);
  return (
    <section aria-labelledby="inside">
      <Title order={2} id="inside" mb="sm">
        {t('record.item.inside')}
      </Title>
      <ul className={classes['list']}>
        {shown.map((row) => (
          <li key={row.key}>
            <Text component="span">{row.name}</Text>
            <Text component="span" c="dimmed">
              {row.fact}
            </Text>
          </li>
        ))}
      </ul>
      {shown.length < rows.length && (
        <Button variant="subtle" mt="xs" onClick={() => setAll(true)}>
          {t('record.item.allFiles', { count: rows.length })}
        </Button>
      )}
    </section>
  );
}
