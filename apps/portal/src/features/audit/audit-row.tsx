import {
  IconBuildingHospital,
  IconDownload,
  IconEye,
  IconEyeOff,
  IconFile,
  IconLink,
  IconPhotoScan,
  IconShieldX,
  IconUser,
  type Icon,
} from '@tabler/icons-react';
import { createElement } from 'react';
import type { AuditLine } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { auditSentence } from '../../words/audit-sentence.js';
import { clock, fullTime } from '../../words/times.js';
import classes from './audit.module.css';

const SIGN = { size: 24, stroke: 1.5, 'aria-hidden': true, className: classes['sign'] ?? '' };

/** One act: the time, a sign for the eye that scans the list, the sentence. */
export function AuditRow({ line }: { readonly line: AuditLine }) {
  const { t, language } = useWords();
  return (
    <li className={classes['row']} data-outcome={line.outcome}>
      <time dateTime={line.at} title={fullTime(line.at, language)} className={classes['time']}>
        {clock(line.at, language)}
      </time>
      {createElement(signOf(line), SIGN)}
      <span>{auditSentence(line, t)}</span>
    </li>
  );
}

function signOf(line: AuditLine): Icon {
  if (line.outcome !== 'success' || line.action.endsWith('.refused')) return IconShieldX;
  if (line.action === 'session.ended' || line.action === 'session.left') return IconEyeOff;
  if (line.action === 'record.downloaded') return IconDownload;
  const noun = line.action.split('.')[0];
  if (noun === 'session') return IconEye;
  if (noun === 'link') return IconLink;
  if (noun === 'deposit-code') return IconBuildingHospital;
  if (noun === 'record') return IconFile;
  if (noun === 'viewer') return IconPhotoScan;
  return IconUser;
}
