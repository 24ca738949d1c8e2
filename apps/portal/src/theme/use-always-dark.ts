import { useComputedColorScheme } from '@mantine/core';
import { useLayoutEffect } from 'react';

const ATTRIBUTE = 'data-mantine-color-scheme';

/** Keeps the whole page dark while mounted, whatever the reader chose and even when the device turns light meanwhile. */
export function useAlwaysDark(): void {
  const elsewhere = useComputedColorScheme('light', { getInitialValueInEffect: false });
  useLayoutEffect(() => {
    const root = document.documentElement;
    const darken = () => {
      if (root.getAttribute(ATTRIBUTE) !== 'dark') root.setAttribute(ATTRIBUTE, 'dark');
    };
    darken();
    const observer = new MutationObserver(darken);
    observer.observe(root, { attributeFilter: [ATTRIBUTE] });
    return () => {
      observer.disconnect();
      root.setAttribute(ATTRIBUTE, elsewhere);
    };
  }, [elsewhere]);
}
