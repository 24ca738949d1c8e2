import { useMantineColorScheme } from '@mantine/core';
import { useLayoutEffect } from 'react';

const ATTRIBUTE = 'data-mantine-color-scheme';

/** Keeps the whole page dark while mounted, whatever the reader chose for the other pages. */
export function useAlwaysDark(): void {
  const { colorScheme } = useMantineColorScheme();
  useLayoutEffect(() => {
    const root = document.documentElement;
    const before = root.getAttribute(ATTRIBUTE);
    root.setAttribute(ATTRIBUTE, 'dark');
    return () => {
      if (before !== null) root.setAttribute(ATTRIBUTE, before);
    };
  }, [colorScheme]);
}
