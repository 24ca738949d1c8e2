import {
  Button,
  Checkbox,
  Collapse,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  type SegmentedControlItem,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconChevronDown } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { Control, NewLink } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useNow } from '../../parts/use-now.js';
import { shareSentence } from '../../words/share-sentence.js';
import { Choice } from './choice.js';
import { makePasscode } from './passcode.js';
import type { MadeLink, Shared } from './share-panel.js';
import classes from './share.module.css';

interface Props {
  readonly what: Shared;
  readonly onMade: (made: MadeLink) => void;
}

const MINUTE = 60_000;

export function ShareForm({ what, onMade }: Props) {
  const { t, language } = useWords();
  const now = useNow(30_000);
  const queries = useQueryClient();
  const [more, setMore] = useState(false);
  const form = useForm({
    initialValues: {
      label: '',
      minutes: '1440',
      control: 'view',
      watermark: true,
      uses: '1',
      passcode: '',
      email: '',
    },
    validate: {
      label: (label) => (label.trim() === '' ? t('share.needWho') : null),
      passcode: (code) => (code !== '' && code.length < 4 ? t('share.passcodeShort') : null),
      email: (email) => (email !== '' && !/^\S+@\S+\.\S+$/.test(email) ? t('share.needEmail') : null),
    },
  });
  const values = form.values;
  const control: Control = values.control === 'control' ? 'control' : 'view';
  const make = useMutation({
    mutationFn: (link: NewLink) => api.links.make(link),
    onSuccess: (answer, asked) => {
      void queries.invalidateQueries({ queryKey: ['links'] });
      onMade({ ...answer, recipient: asked.recipientEmail ?? '' });
    },
  });
  const submit = () =>
    make.mutate({
      itemIds: [...what.itemIds],
      ...(what.viewerId === undefined ? {} : { viewerId: what.viewerId }),
      ...(what.sessionId === undefined ? {} : { sessionId: what.sessionId }),
      label: values.label.trim(),
      control,
      watermark: values.watermark,
      expiresInMinutes: Number(values.minutes),
      maximumUses: Number(values.uses),
      ...(values.passcode === '' ? {} : { passcode: values.passcode }),
      ...(values.email === '' ? {} : { recipientEmail: values.email }),
    });
  const sentence = shareSentence(
    {
      label: values.label,
      control,
      things: what.itemIds.length,
      imaging: what.imaging,
      expiresAt: new Date(now + Number(values.minutes) * MINUTE).toISOString(),
      maximumUses: Number(values.uses),
      passcode: values.passcode !== '',
      watermark: values.watermark,
    },
    now,
    language,
    t,
  );
  const lengths: SegmentedControlItem[] = [
    { value: '60', label: t('share.hour') },
    { value: '1440', label: t('share.day') },
    { value: '10080', label: t('share.week') },
    { value: '43200', label: t('share.month') },
  ];
  return (
    <form onSubmit={form.onSubmit(submit, () => setMore(true))} noValidate>
      <Stack gap="lg">
        {make.isError && <Trouble error={make.error} />}
        <TextInput
          label={t('share.who')}
          description={t(values.watermark ? 'share.whoHint' : 'share.whoHintAlone')}
          data-autofocus
          maxLength={80}
          {...form.getInputProps('label')}
        />
        <Choice label={t('share.howLong')}>
          <SegmentedControl data={lengths} {...form.getInputProps('minutes')} />
        </Choice>
        <Choice label={t('share.what')} hint={t('share.steerHint')}>
          <SegmentedControl
            data={[
              { value: 'view', label: t('share.look') },
              { value: 'control', label: t('share.steer') },
            ]}
            {...form.getInputProps('control')}
          />
        </Choice>
        <div>
          <Button
            variant="transparent"
            px={0}
            aria-expanded={more}
            rightSection={
              <IconChevronDown size={20} aria-hidden="true" className={classes['turn']} data-open={more} />
            }
            onClick={() => setMore(!more)}
          >
            {t('share.moreChoices')}
          </Button>
          <Collapse expanded={more}>
            <Stack gap="lg" pt="sm">
              <Checkbox
                label={t('share.watermark')}
                description={t('share.watermarkHint')}
                {...form.getInputProps('watermark', { type: 'checkbox' })}
              />
              <TextInput
                label={`${t('share.passcode')} (${t('optional')})`}
                description={t('share.passcodeHint')}
                autoComplete="off"
                rightSectionWidth={140}
                rightSection={
                  <Button variant="subtle" onClick={() => form.setFieldValue('passcode', makePasscode())}>
                    {t('share.passcodeMake')}
                  </Button>
                }
                {...form.getInputProps('passcode')}
              />
              <Choice label={t('share.uses')}>
                <SegmentedControl
                  data={[
                    { value: '1', label: t('share.usesOnce') },
                    { value: '5', label: t('share.usesFew') },
                    { value: '20', label: t('share.usesMany') },
                  ]}
                  {...form.getInputProps('uses')}
                />
              </Choice>
              <TextInput
                label={`${t('share.email')} (${t('optional')})`}
                description={t('share.emailHint')}
                type="email"
                {...form.getInputProps('email')}
              />
            </Stack>
          </Collapse>
        </div>
        <Text className={classes['sentence'] ?? ''} aria-live="polite">
          {sentence} {what.sessionId !== undefined && t('share.running')}
        </Text>
        <Button type="submit" loading={make.isPending}>
          {t('share.make')}
        </Button>
      </Stack>
    </form>
  );
}
