import { Button, Group, Stack, Text } from '@mantine/core';
import { useState, useSyncExternalStore, type ReactNode } from 'react';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { DropZone } from './drop-zone.js';
import { ImportReport } from './import-report.js';
import { forgetUnfinished, readUnfinished } from './unfinished.js';
import { UploadProgress } from './upload-progress.js';
import { uploaderOf } from './uploader.js';
import { useImport } from './use-import.js';

interface Props {
  /** The account: what was not finished is remembered for each. */
  readonly owner: string;
  readonly depositCode?: string;
  readonly doneTitle?: string;
  /** Shown when everything is done; `again` makes room for the next. */
  readonly after: (again: () => void) => ReactNode;
}

/** From the drop to the report: choose, send, see what was found. */
export function UploadPanel({ owner, depositCode, doneTitle, after }: Props) {
  const { t } = useWords();
  const uploader = uploaderOf(owner);
  const state = useSyncExternalStore(uploader.subscribe, uploader.snapshot);
  const [unfinished, setUnfinished] = useState(
    () => depositCode === undefined && readUnfinished(owner) !== null,
  );
  const found = useImport(state.importId);
  const over = state.phase === 'sent' && (found.data?.state === 'done' || found.data?.state === 'failed');

  if (state.phase === 'idle')
    return (
      <Stack gap="md">
        {state.problem !== null && <Trouble error={state.problem} />}
        {unfinished && (
          <Hint>
            <Text fw={600}>{t('add.unfinished')}</Text>
            <Text>{t('add.unfinishedText')}</Text>
            <Group mt="xs">
              <Button
                variant="default"
                onClick={() => {
                  forgetUnfinished(owner);
                  setUnfinished(false);
                }}
              >
                {t('add.forget')}
              </Button>
            </Group>
          </Hint>
        )}
        <DropZone onFound={(files) => void uploader.start(files, depositCode)} />
      </Stack>
    );

  return (
    <Stack gap="lg">
      {state.problem !== null && <Trouble error={state.problem} onAgain={() => uploader.resume()} />}
      {(state.phase === 'sending' || state.phase === 'paused') && (
        <UploadProgress state={state} uploader={uploader} />
      )}
      {found.data !== undefined && (
        <ImportReport
          found={found.data}
          refused={state.refused}
          sent={state.phase === 'sent' || state.phase === 'finishing'}
          {...(doneTitle === undefined ? {} : { doneTitle })}
        />
      )}
      {found.isError && <Trouble error={found.error} onAgain={() => void found.refetch()} />}
      {over &&
        after(() => {
          setUnfinished(false);
          uploader.reset();
        })}
    </Stack>
  );
}
