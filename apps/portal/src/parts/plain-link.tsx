import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** A router link without a look of its own. */
export const PlainLink = createLink((props: ComponentProps<'a'>) => <a {...props} />);
