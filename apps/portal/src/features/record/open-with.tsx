import { Button, Menu, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import type { ViewerChoice } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';

interface Props {
  readonly viewers: readonly ViewerChoice[];
  readonly onOpen: (viewerId: string) => void;
}

/** The other viewers, for those who want one; nothing where there is no choice. */
export function OpenWith({ viewers, onOpen }: Props) {
  const { t } = useWords();
  if (viewers.length < 2) return null;
  return (
    <Menu position="bottom-start" width={360}>
      <Menu.Target>
        <Button
          variant="transparent"
          px={0}
          style={{ alignSelf: 'flex-start' }}
          rightSection={<IconChevronDown size={20} aria-hidden="true" />}
        >
          {t('record.item.openWith')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {viewers.map((viewer) => (
          <Menu.Item key={viewer.id} onClick={() => onOpen(viewer.id)}>
            <Text fw={600}>
              {viewer.title}
              {viewer.best ? ` (${t('record.item.best')})` : ''}
            </Text>
            <Text c="dimmed">{viewer.sentence}</Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
