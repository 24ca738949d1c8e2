import { Avatar, Menu, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconBuildingHospital, IconLogout, IconSettings } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../api/api.js';
import type { Me } from '../api/types.js';
import { useSay } from '../parts/use-say.js';
import { initials } from '../words/sizes.js';
import { useWords } from './use-words.js';
import classes from './account-menu.module.css';

/** Who is signed in, and what belongs to that person rather than to the record. */
export function AccountMenu({ me }: { readonly me: Me }) {
  const { t } = useWords();
  const say = useSay();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: api.me.signOut,
    // A fresh page forgets everything that was shown to the person who leaves.
    onSuccess: () => window.location.assign('/sign-in'),
    onError: say.trouble,
  });
  return (
    <Menu width={280}>
      <Menu.Target>
        <UnstyledButton className={classes['button'] ?? ''}>
          <Avatar radius="xl" size={40} color="petrol" variant="light" aria-hidden="true">
            {initials(me.name)}
          </Avatar>
          <VisuallyHidden>{t('nav.account')}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label fz="sm" c="dimmed">
          {me.name}
          {me.organisation ? `, ${me.organisation}` : ''}
        </Menu.Label>
        {me.role === 'patient' && (
          <Menu.Item
            leftSection={<IconBuildingHospital size={24} stroke={1.5} aria-hidden="true" />}
            onClick={() => void navigate({ to: '/hospital' })}
          >
            {t('nav.hospital')}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconSettings size={24} stroke={1.5} aria-hidden="true" />}
          onClick={() => void navigate({ to: '/settings' })}
        >
          {t('nav.settings')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={24} stroke={1.5} aria-hidden="true" />}
          onClick={() => signOut.mutate()}
        >
          {t('nav.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
