import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import type { DepositCode } from '../../api/types.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';
import { QrCode } from '../../parts/qr-code.js';
import { useNow } from '../../parts/use-now.js';
import { until } from '../../words/times.js';
import classes from './deposit.module.css';

export interface MadeCode {
  readonly code: DepositCode;
  readonly secret: string;
  readonly url: string;
  readonly aeTitle: string | null;
}

interface Props {
  readonly made: MadeCode;
  readonly onDone: () => void;
}

/** The code, once: to read out, to scan, to print as a sheet for the hospital. */
export function CodeReady({ made, onDone }: Props) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const me = useMe().data;
  return (
    <Stack gap="lg" className={classes['sheet'] ?? ''}>
      <Title order={2}>{t('deposit.codes.readyTitle', { label: made.code.label })}</Title>
      <div className={classes['noPrint']}>
        <Hint tone="warn">{t('deposit.codes.shownOnce')}</Hint>
      </div>
      <Text className={classes['onlyPrint'] ?? ''}>
        {t('deposit.codes.printLead', { name: me?.name ?? '' })}
      </Text>
      <Group gap="xl" align="flex-start">
        <QrCode value={made.url} alt={t('deposit.codes.qr')} />
        <Stack gap="sm" flex="1 1 18rem" miw={0}>
          <Text c="dimmed">{t('deposit.codes.code')}</Text>
          <Text className={classes['code'] ?? ''}>{made.secret}</Text>
          <Text>{t('deposit.codes.until', { until: until(made.code.expiresAt, now, language) })}</Text>
          <Text className={`${classes['onlyPrint'] ?? ''} ${classes['sheetHow'] ?? ''}`}>
            {t('deposit.codes.printHow', { site: window.location.host })}
          </Text>
          {made.aeTitle !== null && (
            <Text className={classes['sheetHow'] ?? ''}>
              {t('deposit.codes.aeTitle', { title: made.aeTitle })}
            </Text>
          )}
        </Stack>
      </Group>
      <div className={classes['noPrint']}>
        <CopyLine label={t('deposit.codes.link')} value={made.url} copyLabel={t('share.copy')} />
      </div>
      <Group gap="sm" className={classes['noPrint'] ?? ''}>
        <Button
          variant="default"
          leftSection={<IconPrinter size={24} stroke={1.5} aria-hidden="true" />}
          onClick={() => window.print()}
        >
          {t('deposit.codes.print')}
        </Button>
        <Button variant="light" onClick={onDone}>
          {t('share.done')}
        </Button>
      </Group>
    </Stack>
  );
}
