import { Text } from '@mantine/core';
import { useWords } from '../../app/use-words.js';
import { isProblem } from '../../api/problem.js';
import { Door } from '../account/door.js';

interface Props {
  readonly error: unknown;
  /** Said instead where there is no invitation at all. */
  readonly title?: string;
  readonly text?: string;
}

const NOBODY = ['identity.not-signed-in', 'delegation.not-visible', 'delegation.visit-over'];

/** A link that does not open, and what to do. */
export function RefusedDoor({ error, title, text }: Props) {
  const { t, sentenceOf } = useWords();
  const nobody = NOBODY.some((code) => isProblem(error, code));
  return (
    <Door title={nobody && title !== undefined ? title : t('visit.refused')}>
      <Text fz="lg" role="alert">
        {nobody && text !== undefined ? text : sentenceOf(error)}
      </Text>
    </Door>
  );
}
