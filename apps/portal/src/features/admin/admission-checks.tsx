import { IconCircleCheck, IconCircleDashed, IconCircleX } from '@tabler/icons-react';
import { Loader, VisuallyHidden } from '@mantine/core';
import type { AdmissionCheck } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import classes from './admin.module.css';

/** Each check of the admission test in order: what was found, which one runs, what is still to come. */
export function AdmissionChecks({ checks }: { readonly checks: readonly AdmissionCheck[] }) {
  const { t } = useWords();
  return (
    <ol className={classes['checks']} aria-live="polite">
      {checks.map((check) => (
        <li key={check.name} data-state={check.state}>
          <CheckSign state={check.state} />
          <span>
            <span className={classes['name']}>{check.name}</span>
            <VisuallyHidden>: {t(`admin.viewers.check.${check.state}`)}</VisuallyHidden>
            {check.detail !== '' && <span className={classes['detail']}>{check.detail}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function CheckSign({ state }: Pick<AdmissionCheck, 'state'>) {
  switch (state) {
    case 'pending':
      return <IconCircleDashed size={24} aria-hidden="true" />;
    case 'running':
      return <Loader size={24} aria-hidden="true" />;
    case 'passed':
      return <IconCircleCheck size={24} aria-hidden="true" />;
    case 'failed':
      return <IconCircleX size={24} aria-hidden="true" />;
  }
}
