import { Skeleton, Stack } from '@mantine/core';
import classes from './waiting.module.css';

/** The outline of what will come; appears only when it takes longer than 300 ms. */
export function Waiting({ rows = 4, height = 96 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <Stack gap="sm" className={classes['late'] ?? ''} aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} radius="md" />
      ))}
    </Stack>
  );
}
