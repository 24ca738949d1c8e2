import { notifications } from '@mantine/notifications';
import { useWords } from '../app/use-words.js';

/** A short word about what was just done or did not work; read out by screen readers. */
export function useSay(): { done: (message: string) => void; trouble: (error: unknown) => void } {
  const { t, sentenceOf } = useWords();
  const closeButtonProps = { 'aria-label': t('dismiss') };
  return {
    done: (message) => void notifications.show({ message, role: 'status', closeButtonProps }),
    trouble: (error) =>
      void notifications.show({
        message: sentenceOf(error),
        color: 'red',
        role: 'alert',
        autoClose: 12_000,
        closeButtonProps,
      }),
  };
}
