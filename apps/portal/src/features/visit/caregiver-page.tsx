import { Button, Group, List, Text, TextInput, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useWords } from '../../app/use-words.js';
import { Page } from '../../parts/page.js';

/** A caregiver has no record here: says how an invitation works and takes a pasted link. */
export function CaregiverPage({ name }: { readonly name: string }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [link, setLink] = useState('');
  const [wrong, setWrong] = useState(false);
  const open = () => {
    const secret = /\/visit#(.+)$/.exec(link.trim())?.[1];
    if (secret === undefined) setWrong(true);
    else void navigate({ to: '/visit', hash: secret });
  };
  return (
    <Page title={t('caregiver.title', { name })} lead={t('caregiver.lead')}>
      <section aria-labelledby="how">
        <Title order={2} id="how" mb="sm">
          {t('caregiver.how')}
        </Title>
        <List type="ordered" spacing="sm" maw={640}>
          <List.Item>{t('caregiver.one')}</List.Item>
          <List.Item>{t('caregiver.two')}</List.Item>
          <List.Item>{t('caregiver.three')}</List.Item>
        </List>
      </section>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <Text fw={600} fz="lg" mb="xs">
          {t('caregiver.have')}
        </Text>
        <Group align="flex-end" gap="sm" maw={640}>
          <TextInput
            flex="1 1 16rem"
            label={t('caregiver.paste')}
            value={link}
            onChange={(event) => {
              setLink(event.currentTarget.value);
              setWrong(false);
            }}
            error={wrong && t('caregiver.wrong')}
          />
          <Button type="submit">{t('caregiver.open')}</Button>
        </Group>
      </form>
    </Page>
  );
}
