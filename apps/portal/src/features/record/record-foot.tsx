import { Button, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconDownload, IconShieldCheck } from '@tabler/icons-react';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { PlainLink } from '../../parts/plain-link.js';
import { bytes } from '../../words/sizes.js';
import { integritySentence } from '../../words/integrity-sentence.js';
import { useIntegrity } from './record-queries.js';
import classes from './record-foot.module.css';

/** Below everything: whether it is all intact, and all of it to take away. */
export function RecordFoot({ items }: { readonly items: readonly Item[] }) {
  const { t, language } = useWords();
  const integrity = useIntegrity().data;
  if (items.length === 0) return null;
  const size = items.reduce((sum, item) => sum + item.bytes, 0);
  const damaged = integrity !== undefined && integrity.damaged > 0;
  return (
    <section aria-labelledby="whole" className={classes['foot']}>
      <Title order={2} id="whole" fz="md">
        {t('record.whole.title')}
      </Title>
      {integrity !== undefined && integrity.files > 0 && (
        <div className={classes['line']}>
          {damaged ? (
            <IconAlertTriangle className={classes['warn']} aria-hidden="true" />
          ) : (
            <IconShieldCheck className={classes['good']} stroke={1.5} aria-hidden="true" />
          )}
          <div>
            <Text>{integritySentence(integrity, language, t)}</Text>
            {damaged && (
              <ul className={classes['items']}>
                {integrity.items.map(({ id, title }) => (
                  <li key={id}>
                    <PlainLink to="/record/$itemId" params={{ itemId: id }}>
                      {title}
                    </PlainLink>
                  </li>
                ))}
              </ul>
            )}
          </div>
        </div>
      )}
      <Stack gap="xs" align="flex-start">
        <Button
          variant="default"
          component="a"
          href="/api/record/export"
          download
          leftSection={<IconDownload size={24} stroke={1.5} aria-hidden="true" />}
        >
          {t('record.whole.downloadSize', { size: bytes(size, language) })}
        </Button>
        <Text c="dimmed" maw={560}>
          {t('record.whole.hint')}
        </Text>
      </Stack>
    </section>
  );
}
