import { IconDna2, IconFileText, IconPhotoScan } from '@tabler/icons-react';
import { useState } from 'react';
import type { Item } from '../../api/types.js';
import classes from './thumbnail.module.css';

interface Props {
  readonly item: Pick<Item, 'id' | 'kind' | 'hasThumbnail'>;
  readonly alt?: string;
  readonly large?: boolean;
}

const SIGN = { imaging: IconPhotoScan, genome: IconDna2, document: IconFileText } as const;

/** The item's own small picture, or a sign of its kind where there is none. */
export function Thumbnail({ item, alt = '', large = false }: Props) {
  const [broken, setBroken] = useState(false);
  const Sign = SIGN[item.kind];
  return (
    <span className={classes[large ? 'large' : 'small']} data-kind={item.kind}>
      {item.hasThumbnail && !broken ? (
        <img
          src={`/api/record/${encodeURIComponent(item.id)}/thumbnail`}
          alt={alt}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      ) : (
        <Sign size={large ? 64 : 32} stroke={1.5} aria-hidden="true" />
      )}
    </span>
  );
}
