import {
  IconClipboardData,
  IconDna2,
  IconFileText,
  IconMessage2,
  IconPhoto,
  IconPhotoScan,
  IconReportMedical,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { Item } from '../../api/types.js';
import { documentKind } from '../../words/item-words.js';
import classes from './thumbnail.module.css';

interface Props {
  readonly item: Pick<Item, 'id' | 'kind' | 'formats' | 'hasThumbnail'>;
  readonly alt?: string;
  readonly large?: boolean;
}

const SIGN = {
  imaging: IconPhotoScan,
  genome: IconDna2,
  document: IconFileText,
  picture: IconPhoto,
  cda: IconReportMedical,
  fhir: IconClipboardData,
  hl7v2: IconMessage2,
} as const;

/** The item's own small picture, or a sign of its kind where there is none. */
export function Thumbnail({ item, alt = '', large = false }: Props) {
  const [broken, setBroken] = useState(false);
  const Sign = SIGN[item.kind === 'document' ? documentKind(item) : item.kind];
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
