import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { FtpsAccount, MadeFtpsAccount } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { Maker } from '../settings/maker.js';
import classes from './deposit.module.css';

const FTPS = ['ftps-account'];

/** The login for systems that can do no better than FTPS; shown only where the operator opened it. */
export function FtpsDrop() {
  const { t } = useWords();
  const queries = useQueryClient();
  const ftps = useQuery({ queryKey: FTPS, queryFn: api.ftps.get });
  if (ftps.isError) return <Trouble error={ftps.error} onAgain={() => void ftps.refetch()} />;
  if (ftps.data === undefined || (ftps.data.port === null && ftps.data.account === null)) return null;
  const { port, account } = ftps.data;
  const address = `${window.location.hostname}:${port ?? ''}`;
  return (
    <section aria-labelledby="ftps">
      <Title order={2} id="ftps" mb="xs">
        {t('deposit.ftps.title')}
      </Title>
      <Text mb="sm">{t('deposit.ftps.lead')}</Text>
      {port === null && <Hint tone="warn">{t('deposit.ftps.closed')}</Hint>}
      {account !== null && (
        <ul className={classes['list']}>
          <FtpsRow account={account} address={port === null ? null : address} />
        </ul>
      )}
      {port !== null && (
        <Maker<MadeFtpsAccount>
          start={t(account === null ? 'deposit.ftps.start' : 'deposit.ftps.replace')}
          form={(onMade, onCancel) => (
            <NewFtps
              replaces={account !== null}
              onMade={(made) => {
                onMade(made);
                void queries.invalidateQueries({ queryKey: FTPS });
              }}
              onCancel={onCancel}
            />
          )}
          ready={(made, onDone) => <FtpsReady made={made} address={address} onDone={onDone} />}
        />
      )}
    </section>
  );
}

interface NewProps {
  readonly replaces: boolean;
  readonly onMade: (made: MadeFtpsAccount) => void;
  readonly onCancel: () => void;
}

function NewFtps({ replaces, onMade, onCancel }: NewProps) {
  const { t } = useWords();
  const make = useMutation({ mutationFn: api.ftps.make, onSuccess: onMade });
  return (
    <Stack gap="md" maw={560}>
      {make.isError && <Trouble error={make.error} />}
      <Text>{t(replaces ? 'deposit.ftps.replaceText' : 'deposit.ftps.makeText')}</Text>
      <Group gap="sm">
        <Button loading={make.isPending} onClick={() => make.mutate()}>
          {t('deposit.ftps.make')}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {t('cancel')}
        </Button>
      </Group>
    </Stack>
  );
}

interface ReadyProps {
  readonly made: MadeFtpsAccount;
  readonly address: string;
  readonly onDone: () => void;
}

/** The password, once, with what else has to be typed in. */
function FtpsReady({ made, address, onDone }: ReadyProps) {
  const { t } = useWords();
  const lines = [
    [t('deposit.ftps.address'), address, t('deposit.ftps.copyAddress')],
    [t('deposit.ftps.userName'), made.account.userName, t('deposit.ftps.copyUserName')],
    [t('deposit.ftps.password'), made.password, t('deposit.ftps.copyPassword')],
  ] as const;
  return (
    <Stack gap="md">
      <Text fw={600}>{t('deposit.ftps.readyTitle')}</Text>
      <Hint tone="warn">{t('deposit.ftps.shownOnce')}</Hint>
      {lines.map(([label, value, copyLabel]) => (
        <CopyLine key={label} quiet label={label} value={value} copyLabel={copyLabel} />
      ))}
      <Text>{t('deposit.ftps.how')}</Text>
      <Button onClick={onDone} style={{ alignSelf: 'flex-start' }}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}

interface RowProps {
  readonly account: FtpsAccount;
  readonly address: string | null;
}

function FtpsRow({ account, address }: RowProps) {
  const { t } = useWords();
  const say = useSay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: api.ftps.revoke,
    onSuccess: () => say.done(t('deposit.ftps.ended')),
    onError: say.trouble,
    onSettled: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: FTPS });
    },
  });
  return (
    <li className={classes['row']}>
      <dl className={classes['facts']}>
        {address !== null && (
          <div>
            <dt>{t('deposit.ftps.address')}</dt>
            <dd>{address}</dd>
          </div>
        )}
        <div>
          <dt>{t('deposit.ftps.userName')}</dt>
          <dd>{account.userName}</dd>
        </div>
        <div>
          <dt>{t('deposit.ftps.lastUsed')}</dt>
          <dd>{account.lastUsedAt === null ? t('deposit.ftps.never') : <When at={account.lastUsedAt} />}</dd>
        </div>
      </dl>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('deposit.ftps.end')}
      </Button>
      <Ask
        opened={asking}
        title={t('deposit.ftps.askTitle')}
        text={t('deposit.ftps.askText')}
        yes={t('deposit.ftps.end')}
        busy={end.isPending}
        danger
        onYes={() => end.mutate()}
        onNo={() => setAsking(false)}
      />
    </li>
  );
}
