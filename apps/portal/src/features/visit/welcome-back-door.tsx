import { Button } from '@mantine/core';
import type { Visit } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Door } from '../account/door.js';
import { Invitation } from './invitation.js';

interface Props {
  readonly visit: Visit;
  readonly onIn: (visit: Visit) => void;
}

/** Somebody who was let in before, in this browser: no name and no passcode again. */
export function WelcomeBackDoor({ visit, onIn }: Props) {
  const { t } = useWords();
  return (
    <Door title={t('visit.welcomeBack', { name: visit.visitorName })}>
      <Invitation invitation={visit} />
      <Button size="lg" onClick={() => onIn(visit)}>
        {t('visit.lookAgain')}
      </Button>
    </Door>
  );
}
