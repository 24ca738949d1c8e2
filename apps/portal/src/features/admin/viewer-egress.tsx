import { Button, Drawer, Group, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { ViewerAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { useAllowEgress } from './viewer-queries.js';
import classes from './admin.module.css';

/** With whom a viewer may speak: nobody, or a list that only an admin changes. */
export function ViewerEgress({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t } = useWords();
  const [editing, setEditing] = useState(false);
  // The sockets of other walls lead nowhere.
  if (viewer.isolation !== 'standard') return <>{t('admin.viewers.egressNobody')}</>;
  return (
    <>
      <Group gap="sm">
        <span className={viewer.egress.length > 0 ? classes['mono'] : ''}>
          {viewer.egress.length > 0 ? viewer.egress.join(', ') : t('admin.viewers.egressNobody')}
        </span>
        <Button
          variant="subtle"
          aria-label={t('admin.viewers.egressChangeOf', { title: viewer.title })}
          onClick={() => setEditing(true)}
        >
          {t('admin.viewers.egressChange')}
        </Button>
      </Group>
      <Drawer
        opened={editing}
        onClose={() => setEditing(false)}
        size={520}
        title={t('admin.viewers.egressOf', { title: viewer.title })}
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        {editing && <EgressForm viewer={viewer} onDone={() => setEditing(false)} />}
      </Drawer>
    </>
  );
}

function EgressForm({ viewer, onDone }: { readonly viewer: ViewerAdmin; readonly onDone: () => void }) {
  const { t } = useWords();
  const [text, setText] = useState(viewer.egress.join('\n'));
  const allow = useAllowEgress(viewer.id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const names = text.split(/[\s,]+/).filter((name) => name !== '');
        allow.mutate(names, { onSuccess: onDone });
      }}
    >
      <Stack gap="lg">
        {allow.isError && <Trouble error={allow.error} />}
        <Text>{t('admin.viewers.egressText')}</Text>
        <Textarea
          label={t('admin.viewers.egress')}
          description={t('admin.viewers.egressHint')}
          data-autofocus
          autosize
          minRows={3}
          spellCheck={false}
          autoCapitalize="none"
          classNames={{ input: classes['mono'] ?? '' }}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Hint tone="warn">{t('admin.viewers.egressTrust')}</Hint>
        <Button type="submit" loading={allow.isPending}>
          {t('admin.viewers.egressSave')}
        </Button>
      </Stack>
    </form>
  );
}
