import classes from './wordmark.module.css';

/** The name with its sign: a glass case that holds something on show. */
export function Wordmark({ compact = false }: { readonly compact?: boolean }) {
  return (
    <span className={classes['mark']}>
      <svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" className={classes['sign']}>
        <rect x="5" y="4" width="22" height="20" rx="3" />
        <path d="M9 28h14" />
        <path d="m11 13 5 6 6-9" />
      </svg>
      <span className={compact ? classes['hideNarrow'] : undefined}>Vitrine</span>
    </span>
  );
}
