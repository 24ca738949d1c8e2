import { Button, Group } from '@mantine/core';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { Page } from '../../parts/page.js';
import { UploadPanel } from './upload-panel.js';

export function AddPage() {
  const { t } = useWords();
  const me = useMe().data;
  if (!me) return null;
  return (
    <Page title={t('add.title')} lead={t('add.lead')}>
      <UploadPanel
        owner={me.id}
        after={(again) => (
          <Group gap="sm">
            <ButtonLink to="/record">{t('add.goRecord')}</ButtonLink>
            <Button variant="default" onClick={again}>
              {t('add.another')}
            </Button>
          </Group>
        )}
      />
    </Page>
  );
}
