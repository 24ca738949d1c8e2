import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { forgetHash, useHash } from '../../parts/use-hash.js';
import { useNow } from '../../parts/use-now.js';
import { until } from '../../words/times.js';
import { UploadPanel } from '../add/upload-panel.js';
import { InboxStudies } from './inbox-studies.js';
import { SentImports } from './sent-imports.js';
import classes from './deposit.module.css';

interface Accepted {
  readonly code: string;
  readonly patientInitials: string;
  readonly expiresAt: string;
}

/** The code may come as it was written down, or inside the link. */
const codeIn = (text: string): string => (text.split('#').at(-1) ?? '').trim();

/** A radiology provider puts studies into a patient's record; nothing in it can be read from here. */
export function DepositPage() {
  const { t, language } = useWords();
  const me = useMe().data;
  const now = useNow(60_000);
  const hash = useHash();
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? hash;
  const [missing, setMissing] = useState(false);
  const [accepted, setAccepted] = useState<Accepted | null>(null);
  const check = useMutation({
    mutationFn: async (code: string) => ({ code, ...(await api.deposits.check(code)) }),
    onSuccess: (found) => {
      setAccepted(found);
      forgetHash();
      setTyped('');
    },
  });
  if (!me) return null;
  const submit = () => {
    const code = codeIn(text);
    setMissing(code === '');
    if (code !== '') check.mutate(code);
  };
  return (
    <Page title={t('deposit.title')} lead={t('deposit.lead')}>
      {accepted === null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Group align="flex-end" gap="sm" maw={640}>
            <TextInput
              flex="1 1 16rem"
              label={t('deposit.code')}
              description={t('deposit.codeHint')}
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => setTyped(event.currentTarget.value)}
              error={missing && t('deposit.needCode')}
            />
            <Button type="submit" loading={check.isPending}>
              {t('deposit.check')}
            </Button>
          </Group>
          {check.isError && (
            <div className={classes['below']}>
              <Trouble error={check.error} />
            </div>
          )}
        </form>
      ) : (
        <>
          <div className={classes['patient']}>
            <div>
              <Text fz="lg" fw={600}>
                {t('deposit.forPatient', { initials: accepted.patientInitials })}
              </Text>
              <Text>{t('deposit.compare', { until: until(accepted.expiresAt, now, language) })}</Text>
            </div>
            <Button variant="default" onClick={() => setAccepted(null)}>
              {t('deposit.otherPatient')}
            </Button>
          </div>
          <Text c="dimmed">{t('deposit.dropLead')}</Text>
          <UploadPanel
            key={accepted.code}
            owner={`${me.id} ${accepted.code}`}
            depositCode={accepted.code}
            doneTitle={t('deposit.doneTitle')}
            after={(again) => (
              <Group gap="sm">
                <Button
                  onClick={() => {
                    again();
                    setAccepted(null);
                  }}
                >
                  {t('deposit.otherPatient')}
                </Button>
                <Button variant="default" onClick={again}>
                  {t('deposit.another')}
                </Button>
              </Group>
            )}
          />
        </>
      )}
      <InboxStudies />
      <SentImports />
    </Page>
  );
}
