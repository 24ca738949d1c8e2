import {
  ActionIcon,
  Badge,
  Button,
  Checkbox,
  CloseButton,
  createTheme,
  Drawer,
  Input,
  Menu,
  Modal,
  NavLink,
  SegmentedControl,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** The one accent: petrol. 7 carries white text at 6:1 on light ground, 6 at 4.9:1 on dark ground. */
const petrol: MantineColorsTuple = [
  '#e9f6f7',
  '#d3eaec',
  '#a5d6da',
  '#6fc3ca',
  '#48b1ba',
  '#2b97a1',
  '#137e89',
  '#0b6b76',
  '#08565f',
  '#053f46',
];

/** Neutral darks with a trace of blue, so that large areas do not look like a switched-off screen. */
const dark: MantineColorsTuple = [
  '#e6ebee',
  '#c3ccd2',
  '#a3afb8',
  '#65737e',
  '#33404a',
  '#26313a',
  '#1b242b',
  '#12191f',
  '#0d1317',
  '#080c0f',
];

const target = '44px';
const panelTitle = { fontSize: '1.25rem', fontWeight: 600, lineHeight: 1.4 };

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, dark },
  white: '#ffffff',
  black: '#15202a',
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '8px', md: '8px', lg: '8px', xl: '16px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '40px' },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  // 16 px and steps of 1.25. Nothing that has to be read is smaller than 16 px; 12.8 is for initials and labels of tabs.
  fontSizes: { xs: '0.8rem', sm: '1rem', md: '1rem', lg: '1.25rem', xl: '1.5625rem' },
  lineHeights: { xs: '1.4', sm: '1.5', md: '1.5', lg: '1.4', xl: '1.3' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.953rem', lineHeight: '1.25' },
      h2: { fontSize: '1.5625rem', lineHeight: '1.3' },
      h3: { fontSize: '1.25rem', lineHeight: '1.4' },
      h4: { fontSize: '1rem', lineHeight: '1.5' },
    },
  },
  shadows: {
    xs: 'none',
    sm: '0 2px 8px rgb(10 25 35 / 10%)',
    md: '0 8px 24px rgb(10 25 35 / 14%)',
    lg: '0 12px 32px rgb(10 25 35 / 18%)',
    xl: '0 16px 48px rgb(10 25 35 / 22%)',
  },
  respectReducedMotion: true,
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: Button.extend({
      defaultProps: { size: 'md' },
      vars: () => ({ root: { '--button-height': '48px' } }),
      styles: { label: { whiteSpace: 'normal', lineHeight: 1.2 }, root: { fontWeight: 600 } },
    }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { size: target, variant: 'subtle', color: 'gray' },
    }),
    Input: Input.extend({
      defaultProps: { size: 'md' },
      vars: () => ({ wrapper: { '--input-height': '48px', '--input-fz': '1rem' }, input: {} }),
    }),
    InputWrapper: Input.Wrapper.extend({
      defaultProps: { size: 'md' },
      styles: {
        label: { fontWeight: 600, marginBottom: 4 },
        description: { fontSize: '1rem', lineHeight: 1.5, marginBottom: 8 },
        error: { fontSize: '1rem', lineHeight: 1.5, marginTop: 4 },
      },
    }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'md' } }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'md', fullWidth: true },
      styles: {
        label: {
          minHeight: 40,
          height: '100%',
          paddingInline: 6,
          display: 'grid',
          placeItems: 'center',
          whiteSpace: 'normal',
        },
      },
    }),
    Menu: Menu.extend({
      // The placeholder that takes the first focus is no item, which screen readers stumble over.
      defaultProps: { shadow: 'md', position: 'bottom-end', withInitialFocusPlaceholder: false },
      styles: { item: { minHeight: target, fontSize: '1rem' } },
    }),
    NavLink: NavLink.extend({ styles: { root: { minHeight: target } } }),
    CloseButton: CloseButton.extend({ defaultProps: { size: 'xl' } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, shadow: 'lg', radius: 'md', padding: 'lg' },
      styles: { title: panelTitle },
    }),
    Drawer: Drawer.extend({
      defaultProps: { position: 'right', shadow: 'lg', padding: 'lg' },
      styles: { title: panelTitle },
    }),
    Badge: Badge.extend({
      defaultProps: { variant: 'light', size: 'lg', radius: 'sm' },
      styles: { root: { textTransform: 'none', fontWeight: 600, fontSize: '1rem', height: 28 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 300, fz: '1rem' } }),
  },
});

/** Quiet grounds, borders that can be seen, secondary text that can still be read (7:1 on white). */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#4d5b67',
    '--mantine-color-default-border': '#cfd8de',
    '--mantine-color-placeholder': '#66747f',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-red-light-color': '#b3261e',
    '--mantine-color-petrol-light': '#e9f6f7',
    '--mantine-color-petrol-light-hover': '#d3eaec',
    '--mantine-color-petrol-light-color': '#0b6b76',
    '--vitrine-ground': '#ffffff',
    '--vitrine-surface': '#f4f7f8',
    '--vitrine-line': '#e2e8eb',
    '--vitrine-accent-text': '#0b6b76',
    '--vitrine-accent-soft': '#e9f6f7',
    '--vitrine-warn-soft': '#fff5e0',
    '--vitrine-warn-text': '#7a4b00',
    '--vitrine-bad-soft': '#fdecea',
    '--vitrine-bad-text': '#9c1f18',
  },
  dark: {
    '--mantine-color-dimmed': '#a9b5bd',
    '--mantine-color-default-border': '#3a4852',
    '--mantine-color-placeholder': '#8d9aa4',
    '--mantine-color-error': '#ff9d94',
    '--mantine-color-red-light-color': '#ff9d94',
    '--mantine-color-petrol-light': '#153138',
    '--mantine-color-petrol-light-hover': '#1c3f47',
    '--mantine-color-petrol-light-color': '#7fd0d6',
    '--vitrine-ground': '#12191f',
    '--vitrine-surface': '#1a232a',
    '--vitrine-line': '#2a363f',
    '--vitrine-accent-text': '#7fd0d6',
    '--vitrine-accent-soft': '#153138',
    '--vitrine-warn-soft': '#332a14',
    '--vitrine-warn-text': '#f1cf8a',
    '--vitrine-bad-soft': '#3b1c1a',
    '--vitrine-bad-text': '#ffb4ab',
  },
});
