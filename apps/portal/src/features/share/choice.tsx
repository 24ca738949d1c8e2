import { Input } from '@mantine/core';
import { cloneElement, useId, type ReactElement } from 'react';

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactElement<{ 'aria-labelledby'?: string; 'aria-describedby'?: string }>;
}

/** A question above a row of answers, tied together for screen readers. */
export function Choice({ label, hint, children }: Props) {
  const id = useId();
  return (
    <div>
      <Input.Label component="div" size="md" id={`${id}-label`} mb={4} fw={600}>
        {label}
      </Input.Label>
      {cloneElement(children, {
        'aria-labelledby': `${id}-label`,
        ...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }),
      })}
      {hint !== undefined && (
        <Input.Description size="md" id={`${id}-hint`} mt={8}>
          {hint}
        </Input.Description>
      )}
    </div>
  );
}
