import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Listing } from '../../parts/listing.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { When } from '../../parts/when.js';
import { NewAccount } from './new-account.js';

const ACCOUNTS = ['admin', 'accounts'];

export function AccountsPage() {
  const { t } = useWords();
  const [adding, setAdding] = useState(false);
  const accounts = useQuery({ queryKey: ACCOUNTS, queryFn: api.admin.accounts });
  return (
    <Page
      title={t('admin.accounts.title')}
      lead={t('admin.accounts.lead')}
      action={<Button onClick={() => setAdding(true)}>{t('admin.accounts.new')}</Button>}
    >
      {accounts.isError && <Trouble error={accounts.error} onAgain={() => void accounts.refetch()} />}
      {accounts.isPending && <Waiting rows={4} height={56} />}
      {accounts.data !== undefined && (
        <Listing
          label={t('admin.accounts.title')}
          rows={accounts.data}
          keyOf={(row) => row.id}
          columns={[
            { name: t('admin.accounts.name'), cell: (row) => <strong>{row.name}</strong> },
            { name: t('admin.accounts.email'), cell: (row) => row.email },
            { name: t('admin.accounts.role'), cell: (row) => t(`admin.accounts.roles.${row.role}`) },
            { name: t('admin.accounts.organisation'), cell: (row) => row.organisation },
            {
              name: t('admin.accounts.since'),
              cell: (row) => <When at={row.createdAt} />,
            },
          ]}
        />
      )}
      <NewAccount opened={adding} onClose={() => setAdding(false)} />
    </Page>
  );
}
