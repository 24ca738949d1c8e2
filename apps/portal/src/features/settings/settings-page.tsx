import { SegmentedControl, Stack, Text, Title, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { chooseLanguage } from '../../app/language.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { LANGUAGES, isLanguage } from '../../messages/catalogue.js';
import { ButtonLink } from '../../parts/button-link.js';
import { Page } from '../../parts/page.js';
import { useSay } from '../../parts/use-say.js';
import { PasswordForm } from '../account/password-form.js';
import { AccountForm } from './account-form.js';
import { Drive } from './drive.js';
import { Leave } from './leave.js';
import { Programs } from './programs.js';
import { Readers } from './readers.js';
import { SignIns } from './sign-ins.js';
import classes from './settings.module.css';

export function SettingsPage() {
  const { t, language } = useWords();
  const say = useSay();
  const me = useMe().data;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!me) return null;
  return (
    <Page title={t('settings.title')}>
      <Section title={t('settings.account')}>
        <AccountForm me={me} />
      </Section>
      <Section title={t('settings.language')}>
        <SegmentedControl
          maw={320}
          aria-label={t('settings.language')}
          value={language.slice(0, 2)}
          onChange={(chosen) => isLanguage(chosen) && chooseLanguage(chosen)}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
        />
      </Section>
      <Section title={t('settings.appearance')}>
        <SegmentedControl
          maw={440}
          aria-label={t('settings.appearance')}
          value={colorScheme}
          onChange={(chosen) => setColorScheme(chosen)}
          data={[
            { value: 'light', label: t('settings.light') },
            { value: 'dark', label: t('settings.dark') },
            { value: 'auto', label: t('settings.auto') },
          ]}
        />
      </Section>
      <Section title={t('settings.password')}>
        <PasswordForm
          currentLabel={t('account.current')}
          onDone={() => say.done(t('settings.passwordChanged'))}
        />
      </Section>
      <Section title={t('settings.signIns')}>
        <SignIns />
      </Section>
      {me.role === 'patient' && (
        <>
          <Section title={t('settings.hospital')}>
            <Stack gap="md" align="flex-start">
              <Text>{t('settings.hospitalText')}</Text>
              <ButtonLink to="/hospital" variant="default">
                {t('settings.hospitalGo')}
              </ButtonLink>
            </Stack>
          </Section>
          <Section title={t('settings.readers.title')}>
            <Readers />
          </Section>
          <Section title={t('settings.drive.title')}>
            <Drive />
          </Section>
          <Section title={t('settings.programs.title')}>
            <Programs />
          </Section>
        </>
      )}
      {me.role !== 'admin' && me.role !== 'vendor' && (
        <Section title={t('settings.leave.title')}>
          <Leave me={me} />
        </Section>
      )}
    </Page>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={classes['section']}>
      <Title order={2} fz="lg">
        {title}
      </Title>
      <div className={classes['body']}>{children}</div>
    </section>
  );
}
