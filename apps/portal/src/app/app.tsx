import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { I18nextProvider } from 'react-i18next';
import { cssVariablesResolver, theme } from '../theme/theme.js';
import { styleNonce } from '../theme/nonce.js';
import { messages } from './language.js';
import { queryClient } from './query-client.js';
import { router } from './router.js';

// The scroll lock of dialogs (react-style-singleton) looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

export function App() {
  return (
    <I18nextProvider i18n={messages} defaultNS="portal">
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        getStyleNonce={styleNonce}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-center" autoClose={6000} zIndex={400} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  );
}
