import { Button, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { DicomListener, DicomNode } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { useSay } from '../../parts/use-say.js';
import classes from './deposit.module.css';
import { FtpsDrop } from './ftps-drop.js';
import { NewPacs, PACS } from './new-pacs.js';

/** The provider lets their PACS send by itself. */
export function PacsPage() {
  const { t } = useWords();
  const pacs = useQuery({ queryKey: PACS, queryFn: api.dicom.nodes });
  return (
    <Page title={t('deposit.pacs.title')} lead={t('deposit.pacs.lead')}>
      {pacs.isError && <Trouble error={pacs.error} onAgain={() => void pacs.refetch()} />}
      {pacs.data !== undefined && (
        <>
          {pacs.data.listener === null && <Hint tone="warn">{t('deposit.pacs.closed')}</Hint>}
          {pacs.data.nodes.length > 0 && (
            <section aria-labelledby="pacs">
              <Title order={2} id="pacs" mb="sm">
                {t('deposit.pacs.listTitle')}
              </Title>
              <ul className={classes['list']}>
                {pacs.data.nodes.map((node) => (
                  <PacsRow key={node.id} node={node} listener={pacs.data.listener} />
                ))}
              </ul>
            </section>
          )}
          <section aria-labelledby="new-pacs">
            <Title order={2} id="new-pacs" mb="sm">
              {t('deposit.pacs.newTitle')}
            </Title>
            <NewPacs />
          </section>
          <FtpsDrop />
        </>
      )}
    </Page>
  );
}

interface RowProps {
  readonly node: DicomNode;
  readonly listener: DicomListener | null;
}

function PacsRow({ node, listener }: RowProps) {
  const { t } = useWords();
  const say = useSay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.dicom.remove(node.id),
    onSuccess: () => say.done(t('deposit.pacs.removed', { name: node.name })),
    onError: say.trouble,
    onSettled: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: PACS });
    },
  });
  const facts = [
    [t('deposit.pacs.calling'), node.callingAeTitle],
    [
      t('deposit.pacs.from'),
      node.addresses.length === 0 ? t('deposit.pacs.anywhere') : node.addresses.join(', '),
    ],
    ...(node.host === null ? [] : [[t('deposit.pacs.receives'), `${node.host}:${node.port}`]]),
    ...(node.certificate === null ? [] : [[t('deposit.pacs.certificate'), node.certificate]]),
    [t('deposit.pacs.toInbox'), node.inboxAeTitle],
    [t('deposit.pacs.toPatient'), t('deposit.pacs.codeItself')],
    ...(listener === null
      ? []
      : [
          [
            t('deposit.pacs.address'),
            `${window.location.hostname}:${listener.port}${listener.tls ? ` (${t('deposit.pacs.tls')})` : ''}`,
          ],
        ]),
  ];
  return (
    <li className={classes['row']}>
      <div>
        <Title order={3}>{node.name}</Title>
        <dl className={classes['facts']}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <Button
        variant="default"
        aria-label={t('deposit.pacs.removeNamed', { name: node.name })}
        onClick={() => setAsking(true)}
      >
        {t('deposit.pacs.remove')}
      </Button>
      <Ask
        opened={asking}
        title={t('deposit.pacs.askTitle')}
        text={t('deposit.pacs.askText', { name: node.name })}
        yes={t('deposit.pacs.remove')}
        busy={remove.isPending}
        danger
        onYes={() => remove.mutate()}
        onNo={() => setAsking(false)}
      />
    </li>
  );
}
