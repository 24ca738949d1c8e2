import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { VisuallyHidden } from '@mantine/core';
import type { AdmissionCheck } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import classes from './admin.module.css';

/** Each check of the admission test with its outcome, in the order in which they ran. */
export function AdmissionChecks({ checks }: { readonly checks: readonly AdmissionCheck[] }) {
  const { t } = useWords();
  return (
    <ol className={classes['checks']} aria-live="polite">
      {checks.map((check) => (
        <li key={check.name} data-passed={check.passed}>
          {check.passed ? (
            <IconCircleCheck size={24} aria-hidden="true" />
          ) : (
            <IconCircleX size={24} aria-hidden="true" />
          )}
          <span>
            <strong>{check.name}</strong>
            <VisuallyHidden>
              : {t(check.passed ? 'admin.viewers.check.passed' : 'admin.viewers.check.failed')}
            </VisuallyHidden>
            {check.detail !== '' && <span className={classes['detail']}>{check.detail}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
