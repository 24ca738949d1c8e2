import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { InboxStudy } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { number } from '../../words/sizes.js';
import { longDate } from '../../words/times.js';
import classes from './deposit.module.css';
import { INBOX } from './inbox-query.js';

/** One study that waits: give the patient's code, or throw it away. */
export function InboxStudyRow({ study }: { readonly study: InboxStudy }) {
  const { t, language } = useWords();
  const say = useSay();
  const queries = useQueryClient();
  const [code, setCode] = useState('');
  const [missing, setMissing] = useState(false);
  const [asking, setAsking] = useState(false);
  const done = (sentence: string) => () => {
    say.done(sentence);
    void queries.invalidateQueries({ queryKey: INBOX });
    void queries.invalidateQueries({ queryKey: ['imports'] });
  };
  const deliver = useMutation({
    mutationFn: () => api.dicom.deliver(study.id, (code.split('#').at(-1) ?? '').trim()),
    onSuccess: done(t('deposit.inbox.delivered')),
  });
  const throwAway = useMutation({
    mutationFn: () => api.dicom.throwAway(study.id),
    onSuccess: done(t('deposit.inbox.thrownAway')),
    onError: say.trouble,
    onSettled: () => setAsking(false),
  });
  const title = titleOf();
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600}>{title}</Text>
        <Text c="dimmed">
          {t(study.readable ? 'deposit.inbox.images' : 'deposit.inbox.files', {
            count: study.count,
            number: number(study.count, language),
          })}
          {' · '}
          {t('deposit.inbox.arrived')} <When at={study.arrivedAt} />
        </Text>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setMissing(code.trim() === '');
          if (code.trim() !== '') deliver.mutate();
        }}
      >
        <Stack gap="xs">
          <Group align="flex-end" gap="sm">
            <TextInput
              flex="1 1 14rem"
              label={t('deposit.code')}
              autoComplete="off"
              spellCheck={false}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              error={missing && t('deposit.needCode')}
            />
            <Button type="submit" loading={deliver.isPending}>
              {t('deposit.inbox.deliver')}
            </Button>
            <Button variant="default" onClick={() => setAsking(true)}>
              {t('deposit.inbox.throwAway')}
            </Button>
          </Group>
          {deliver.isError && <Trouble error={deliver.error} />}
        </Stack>
      </form>
      <Ask
        opened={asking}
        title={t('deposit.inbox.askTitle')}
        text={t('deposit.inbox.askText', { title })}
        yes={t('deposit.inbox.throwAway')}
        busy={throwAway.isPending}
        danger
        onYes={() => throwAway.mutate()}
        onNo={() => setAsking(false)}
      />
    </li>
  );

  function titleOf(): string {
    if (!study.readable)
      return [t('deposit.inbox.noStudy'), study.description].filter((text) => text !== '').join(' · ');
    const facts = [
      study.patientInitials,
      [...study.modalities, study.description].filter((text) => text !== '').join(' '),
      study.studyDate === null ? '' : longDate(study.studyDate, language),
    ];
    return facts.filter((text) => text !== '').join(' · ');
  }
}
