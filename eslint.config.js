import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';
import reactHooks from 'eslint-plugin-react-hooks';

// An import may only point down, and only through a lib's index. The order is the one that ARCHITECTURE.md draws.
const DOWN = {
  kernel: [],
  samples: [],
  sealing: [],
  persistence: ['kernel'],
  hypervisor: ['kernel'],
  dicom: ['kernel'],
  dimse: [],
  ftps: [],
  webdav: [],
  documents: ['dicom'],
  audit: ['kernel', 'persistence', 'sealing'],
  vault: ['kernel', 'persistence', 'audit', 'sealing'],
  identity: ['kernel', 'persistence', 'audit'],
  'session-host': ['kernel', 'hypervisor', 'sealing', 'samples'],
  viewers: ['kernel', 'persistence', 'audit', 'hypervisor', 'session-host', 'documents'],
  backup: ['kernel', 'persistence', 'sealing', 'vault'],
  records: ['kernel', 'persistence', 'audit', 'vault', 'dicom', 'documents'],
  drive: ['kernel', 'persistence', 'vault'],
  delegation: ['kernel', 'persistence', 'audit', 'identity'],
  sessions: [
    'kernel',
    'persistence',
    'audit',
    'hypervisor',
    'session-host',
    'viewers',
    'vault',
    'documents',
    'records',
    'delegation',
    'identity',
  ],
  exchange: [
    'kernel',
    'persistence',
    'audit',
    'hypervisor',
    'session-host',
    'sealing',
    'vault',
    'dicom',
    'dimse',
    'ftps',
    'drive',
    'documents',
    'records',
    'delegation',
    'identity',
  ],
};
const LIBS = Object.keys(DOWN);
const lib = (name) => ({ type: name, pattern: `libs/${name}`, partialMatch: false });
const may = (from, to) => ({
  from: { element: { type: from } },
  allow: [{ to: { element: { type: to, fileInternalPath: ['src/index.ts', 'testing/index.ts'] } } }],
});

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'storage/**', 'apps/portal/src/api/generated/**', 'vm-images/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        WebSocket: 'readonly',
        window: 'readonly',
        document: 'readonly',
        HTMLCanvasElement: 'readonly',
        structuredClone: 'readonly',
      },
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { boundaries },
    settings: {
      'boundaries/elements': [
        ...LIBS.map(lib),
        { type: 'control-plane', pattern: 'apps/control-plane', partialMatch: false },
        { type: 'session-host-app', pattern: 'apps/session-host', partialMatch: false },
        { type: 'session-gateway', pattern: 'apps/session-gateway', partialMatch: false },
        { type: 'portal', pattern: 'apps/portal', partialMatch: false },
        { type: 'test', pattern: 'test', partialMatch: false },
      ],
      'import/resolver': { typescript: { project: './tsconfig.json', noWarnOnMultipleProjects: true } },
    },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'any',
          message: 'It loses time limits: use sooner() of the kernel.',
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-extraneous-class': 'off', // Nest modules are empty classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // DTO classes only describe a shape.
      '@typescript-eslint/no-unsafe-function-type': 'off', // TypeORM's entity lists are typed so.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unbound-method': 'off',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            // Samples are made data without behaviour: every lib's tests may use them.
            ...LIBS.map((name) => may(name, [...DOWN[name], 'kernel', 'samples'])),
            {
              from: { element: { type: LIBS } },
              allow: [{ to: { element: { type: '{{ from.element.type }}' } } }],
            },
            may(['control-plane', 'session-gateway', 'session-host-app', 'test'], LIBS),
          ],
        },
      ],
    },
  },
  // The one place that holds what such a signal is made of.
  { files: ['libs/kernel/src/deadline.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['apps/portal/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: { ...reactHooks.configs.recommended.rules },
  },
  {
    files: ['**/*.{spec,int-spec,e2e-spec}.ts', 'test/**/*.ts', '**/testing/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
