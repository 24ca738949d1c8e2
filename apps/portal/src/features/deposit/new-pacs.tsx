import { Button, Stack, TextInput } from '@mantine/core';
import { isNotEmpty, matches, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';

export const PACS = ['dicom-nodes'];

/** Printable characters but the backslash, at most 16 of them. */
const AE_TITLE = /^\s*[\x21-\x5b\x5d-\x7e]([\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?\s*$/;

/** Nothing, or `192.0.2.7:104` or `[2001:db8::1]:104`. */
const HOST_AND_PORT = /^\s*(?:\[?([\d.]+|[\da-fA-F:.]+(?=\]))\]?:(\d{1,5}))?\s*$/;

export function NewPacs() {
  const { t } = useWords();
  const queries = useQueryClient();
  const say = useSay();
  const form = useForm({
    initialValues: { name: '', callingAeTitle: '', addresses: '', certificate: '', receives: '' },
    validate: {
      name: isNotEmpty(t('deposit.pacs.needName')),
      callingAeTitle: matches(AE_TITLE, t('deposit.pacs.needCalling')),
      receives: matches(HOST_AND_PORT, t('deposit.pacs.needReceives')),
    },
  });
  const register = useMutation({
    mutationFn: api.dicom.register,
    onSuccess: ({ name }) => {
      form.reset();
      say.done(t('deposit.pacs.added', { name }));
      return queries.invalidateQueries({ queryKey: PACS });
    },
  });
  const submit = form.onSubmit(({ name, callingAeTitle, addresses, certificate, receives }) => {
    const [, host, port] = HOST_AND_PORT.exec(receives) ?? [];
    register.mutate({
      name: name.trim(),
      callingAeTitle: callingAeTitle.trim(),
      addresses: addresses.split(/[\s,;]+/).filter((text) => text !== ''),
      ...(certificate.trim() === '' ? {} : { certificate: certificate.trim() }),
      ...(host === undefined ? {} : { host, port: Number(port) }),
    });
  });
  const optional = (label: string) => `${label} (${t('optional')})`;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg" maw={560}>
        {register.isError && <Trouble error={register.error} />}
        <TextInput
          label={t('deposit.pacs.name')}
          description={t('deposit.pacs.nameHint')}
          maxLength={80}
          {...form.getInputProps('name')}
        />
        <TextInput
          label={t('deposit.pacs.calling')}
          description={t('deposit.pacs.callingHint')}
          maxLength={16}
          spellCheck={false}
          {...form.getInputProps('callingAeTitle')}
        />
        <TextInput
          label={optional(t('deposit.pacs.from'))}
          description={t('deposit.pacs.fromHint')}
          spellCheck={false}
          {...form.getInputProps('addresses')}
        />
        <TextInput
          label={optional(t('deposit.pacs.receives'))}
          description={t('deposit.pacs.receivesHint')}
          spellCheck={false}
          {...form.getInputProps('receives')}
        />
        <TextInput
          label={optional(t('deposit.pacs.certificate'))}
          description={t('deposit.pacs.certificateHint')}
          spellCheck={false}
          {...form.getInputProps('certificate')}
        />
        <Button type="submit" loading={register.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('deposit.pacs.add')}
        </Button>
      </Stack>
    </form>
  );
}
