import { Tooltip } from '@mantine/core';
import { useWords } from '../app/use-words.js';
import { fullTime, relative } from '../words/times.js';
import { useNow } from './use-now.js';

/** “2 hours ago”; the whole date on hover and focus. */
export function When({ at }: { readonly at: string }) {
  const { language } = useWords();
  const now = useNow(60_000);
  return (
    <Tooltip label={fullTime(at, language)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} tabIndex={0}>
        {relative(at, now, language)}
      </time>
    </Tooltip>
  );
}
