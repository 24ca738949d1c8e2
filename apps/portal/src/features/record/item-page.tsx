import { Button, Stack, Text, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { IconDownload, IconShare } from '@tabler/icons-react';
import { useState } from 'react';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { itemLine } from '../../words/item-words.js';
import { mismatchSentence } from '../../words/mismatch-sentence.js';
import { number } from '../../words/sizes.js';
import { SharePanel } from '../share/share-panel.js';
import { ItemContents } from './item-contents.js';
import { ItemFacts } from './item-facts.js';
import { ItemSeen } from './item-seen.js';
import { OpenWith } from './open-with.js';
import { PendingDeposits } from './pending-deposits.js';
import { useItem, useViewerChoices } from './record-queries.js';
import { RemoveButton } from './remove-button.js';
import { Thumbnail } from './thumbnail.js';
import { useOpen } from './use-open.js';
import classes from './item-page.module.css';

export function ItemPage() {
  const { t, language } = useWords();
  const { itemId } = useParams({ from: '/signed-in/shell/record/$itemId' });
  const item = useItem(itemId);
  const viewers = useViewerChoices([itemId]);
  const open = useOpen();
  const [sharing, setSharing] = useState(false);

  if (item.isError)
    return (
      <Page title={t('record.title')}>
        <Trouble error={item.error} onAgain={() => void item.refetch()} />
      </Page>
    );
  if (item.isPending) return <Waiting rows={3} height={120} />;
  const it = item.data;
  const nobody = viewers.data?.viewers.length === 0;
  if (it.state === 'pending')
    return (
      <Page title={it.title}>
        <PendingDeposits items={[it]} />
        <ItemContents item={it} />
      </Page>
    );

  return (
    <Page title={it.title} lead={itemLine(it, language, t)}>
      <div className={classes['top']}>
        <div className={classes['picture']} data-sign={!it.hasThumbnail || undefined}>
          <Thumbnail item={it} large alt={t('record.item.thumbnail', { title: it.title })} />
        </div>
        <Stack gap="lg" flex={1} miw={0}>
          <div className={classes['acts']}>
            <Button
              disabled={nobody}
              loading={open.isPending}
              onClick={() => open.open({ itemIds: [it.id] })}
            >
              {t('record.open')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconShare size={24} stroke={1.5} aria-hidden="true" />}
              disabled={nobody}
              onClick={() => setSharing(true)}
            >
              {t('record.share')}
            </Button>
            <Button
              variant="default"
              component="a"
              href={`/api/record/${encodeURIComponent(it.id)}/download`}
              download
              leftSection={<IconDownload size={24} stroke={1.5} aria-hidden="true" />}
            >
              {t('record.download')}
            </Button>
          </div>
          {it.damagedFiles > 0 && (
            <Hint tone="warn">
              {t('record.item.damaged', {
                count: it.damagedFiles,
                number: number(it.damagedFiles, language),
              })}
            </Hint>
          )}
          {(it.study ?? it.document)?.mismatch === 'unconfirmed' && (
            <Hint tone="warn">{mismatchSentence(it, language, t)}</Hint>
          )}
          {nobody && <Text>{t(viewers.data?.soon ? 'record.item.viewerSoon' : 'record.item.noViewer')}</Text>}
          <OpenWith
            viewers={viewers.data?.viewers ?? []}
            onOpen={(viewerId) => open.open({ itemIds: [it.id], viewerId })}
          />
          {!nobody && (
            <ButtonLink
              to="/later"
              hash={it.id}
              variant="transparent"
              px={0}
              style={{ alignSelf: 'flex-start' }}
            >
              {t('later.short')}
            </ButtonLink>
          )}
          <ItemFacts item={it} />
        </Stack>
      </div>
      <ItemContents item={it} />
      <section aria-labelledby="seen">
        <Title order={2} id="seen" mb="sm">
          {t('record.item.seen')}
        </Title>
        <ItemSeen item={it} />
      </section>
      <RemoveButton item={it} />
      {open.question}
      <SharePanel
        opened={sharing}
        onClose={() => setSharing(false)}
        what={{ itemIds: [it.id], title: it.title, imaging: it.kind === 'imaging' }}
      />
    </Page>
  );
}
