import { Button, Group, Stack, Text } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';
import { QrCode } from '../../parts/qr-code.js';
import { shareSentence } from '../../words/share-sentence.js';
import { useNow } from '../../parts/use-now.js';
import { until } from '../../words/times.js';
import type { MadeLink } from './share-panel.js';
import classes from './share.module.css';

interface Props {
  readonly made: MadeLink;
  readonly imaging: boolean;
  readonly onDone: () => void;
}

/** The link, once: to copy, to scan, to mail. */
export function ShareReady({ made, imaging, onDone }: Props) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const me = useMe().data;
  const name = me?.name ?? '';
  const { link, url, mail: mailed, recipient } = made;
  const mail =
    `mailto:${encodeURIComponent(recipient)}?subject=${encodeURIComponent(t('share.mailSubject', { name }))}` +
    `&body=${encodeURIComponent(t('share.mailBody', { name, url, until: until(link.expiresAt, now, language) }))}`;
  return (
    <Stack gap="lg">
      <Text className={classes['sentence'] ?? ''}>
        {shareSentence(
          {
            label: link.label,
            control: link.control,
            things: link.items.length,
            imaging,
            expiresAt: link.expiresAt,
            maximumUses: link.maximumUses,
            passcode: link.hasPasscode,
            watermark: link.watermark,
          },
          now,
          language,
          t,
        )}
      </Text>
      <Hint tone="warn">{t('share.shownOnce')}</Hint>
      {mailed === 'sent' && <Hint>{t('share.sent', { email: recipient })}</Hint>}
      {(mailed === 'failed' || mailed === 'not-configured') && (
        <Hint tone="warn">{t('share.notSent', { email: recipient })}</Hint>
      )}
      <CopyLine label={t('share.link')} value={url} copyLabel={t('share.copy')} />
      <Group gap="lg" align="center">
        <QrCode value={url} alt={t('share.qr')} />
        <Button
          component="a"
          href={mail}
          variant="default"
          leftSection={<IconMail size={24} stroke={1.5} aria-hidden="true" />}
        >
          {t('share.mail')}
        </Button>
      </Group>
      <Button variant="light" onClick={onDone}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}
