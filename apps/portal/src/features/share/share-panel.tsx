import { Drawer } from '@mantine/core';
import { useState } from 'react';
import type { Link, MadeLink as MadeLinkAnswer } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { ShareForm } from './share-form.js';
import { ShareReady } from './share-ready.js';

export interface Shared {
  readonly itemIds: readonly string[];
  readonly imaging: boolean;
  readonly title?: string;
  readonly viewerId?: string;
  /** Set when the link leads into the view that is open now. */
  readonly sessionId?: string;
}

export interface MadeLink {
  readonly link: Link;
  readonly url: string;
  readonly mail: MadeLinkAnswer['mail'];
  readonly recipient: string;
}

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly what: Shared;
}

/** Choose, read it back, get the link: in one panel beside what is being shared. */
export function SharePanel({ opened, onClose, what }: Props) {
  const { t } = useWords();
  const [made, setMade] = useState<MadeLink | null>(null);
  const close = () => {
    onClose();
    setMade(null);
  };
  return (
    <Drawer
      opened={opened}
      onClose={close}
      size={480}
      title={what.title === undefined ? t('share.title') : t('share.titleOf', { title: what.title })}
      closeButtonProps={{ 'aria-label': t('close') }}
      // A link that is shown only once must not be lost by a click beside it.
      closeOnClickOutside={made === null}
    >
      {made === null ? (
        <ShareForm what={what} onMade={setMade} />
      ) : (
        <ShareReady made={made} imaging={what.imaging} onDone={close} />
      )}
    </Drawer>
  );
}
