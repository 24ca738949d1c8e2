import { api } from '../../api/api.js';
import type { AccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { AccessRow } from './access-row.js';

/** Both kinds: keys of programs and app passwords of the network drive. */
export const TOKENS = ['access-tokens'];

export const opensDrive = ({ scope }: AccessToken): boolean =>
  scope === 'drive-read' || scope === 'drive-write';

interface Props {
  readonly token: AccessToken;
  /** In whose words it is spoken of. */
  readonly words: 'programs' | 'drive';
}

export function TokenRow({ token, words }: Props) {
  const { t } = useWords();
  const { label } = token;
  const can = t(`settings.programs.can.${token.scope}`);
  return (
    <AccessRow
      name={label}
      detail={token.byProvider ? `${can} · ${t('settings.programs.byProvider')}` : can}
      access={token}
      words={{
        end: t(`settings.${words}.endNamed`, { label }),
        ended: t(`settings.${words}.ended`, { label }),
      }}
      list={TOKENS}
      onEnd={() => api.programs.revoke(token.id)}
    />
  );
}
