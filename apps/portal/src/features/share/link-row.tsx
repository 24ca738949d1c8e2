import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Link } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { fullTime, until } from '../../words/times.js';
import classes from './share.module.css';

/** One link: to whom, for what, how long still, who came; and the button that ends it. */
export function LinkRow({ link }: { readonly link: Link }) {
  const { t, language } = useWords();
  const now = useNow(30_000);
  const say = useSay();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.links.revoke(link.id),
    onSuccess: () => say.done(t('share.list.ended', { label: link.label })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: ['links'] }),
  });
  const active = link.state === 'active';
  // A link that is used up may still have visitors who can come back.
  const endable = link.state !== 'revoked' && link.state !== 'expired';
  const facts = [
    t(`share.list.control.${link.control}`),
    ...(link.watermark ? [t('share.list.watermark')] : []),
    ...(link.hasPasscode ? [t('share.list.passcode')] : []),
    link.uses === 0
      ? t('share.list.neverUsed')
      : t('share.list.usesOf', { uses: link.uses, maximum: link.maximumUses }),
  ];
  return (
    <li className={classes['row']}>
      <Stack gap={4} flex="1 1 18rem" miw={0}>
        <Group gap="sm">
          <Text fz="lg" fw={600}>
            {link.label}
          </Text>
          {!active && (
            <Badge color="gray" variant="default">
              {t(`share.list.state.${link.state}`)}
            </Badge>
          )}
        </Group>
        <Text>{link.items.map((item) => item.title).join(', ')}</Text>
        <Text c="dimmed">
          {active && (
            <span title={fullTime(link.expiresAt, language)}>
              {t('share.list.until', { until: until(link.expiresAt, now, language) })}
              {' · '}
            </span>
          )}
          {facts.join(' · ')}
        </Text>
        {link.watching > 0 && (
          <span className={classes['watching']} role="status">
            <IconEye size={24} aria-hidden="true" />
            {t('share.list.watching', { count: link.watching })}
          </span>
        )}
        {link.visits.length > 0 && (
          <details>
            <summary className={classes['summary']}>
              {t('share.list.visits', { count: link.visits.length })}
            </summary>
            <ul className={classes['visits']}>
              {link.visits.map((visit) => (
                <li key={`${visit.at} ${visit.name}`}>
                  {visit.name}, <When at={visit.at} />
                </li>
              ))}
            </ul>
          </details>
        )}
      </Stack>
      {endable && (
        <Button
          variant="default"
          loading={revoke.isPending}
          onClick={() => revoke.mutate()}
          aria-label={t('share.list.endNowNamed', { label: link.label })}
        >
          {t('share.list.endNow')}
        </Button>
      )}
    </li>
  );
}
