import type { TFunction } from 'i18next';
import type { AuditLine } from '../api/types.js';
import { AUDITED, type AuditedAct } from '../messages/audited.js';

const isAudited = (action: string): action is AuditedAct => (AUDITED as readonly string[]).includes(action);

/**
 * One act as a sentence, from the reader's side: what the reader did is told with “you”, what a link's visitor did
 * says so. An act that this version of the portal does not know still yields a true sentence.
 */
export function auditSentence(line: AuditLine, t: TFunction): string {
  const { you } = line.agent;
  const what = line.entities
    .filter((entity) => entity.label !== undefined && entity.label !== '')
    .map((entity) => t('audit.quoted', { text: entity.label }));
  const words = {
    who: agentName(line, t),
    what:
      what.length > 0
        ? what.join(', ')
        : t(line.details['everything'] === true ? 'audit.wholeRecord' : 'audit.something'),
    target: targetName(line, t),
    sent: kilobytes(line.details['bytesOut']),
    received: kilobytes(line.details['bytesIn']),
    program: t('audit.quoted', { text: String(line.details['program'] ?? '') }),
    defaultValue: '',
  };
  const act = isAudited(line.action) ? line.action : 'unknown';
  const side = you ? 'you' : 'other';
  if (line.outcome !== 'success') {
    const special = t(`audit.refusedActs.${act}` as 'audit.refusedActs.account.signed-in', words);
    if (special !== '') return special;
  }
  const sentence = t(`audit.acts.${act}.${side}` as 'audit.acts.unknown.other', words);
  const tail = tailOf(line, t);
  return tail === '' ? sentence : `${sentence} ${tail}`;
}

/** Names that a viewer made up are counted together once there are many. */
function targetName({ details }: AuditLine, t: TFunction): string {
  const target = String(details['target'] ?? '');
  return target === '(others)' ? t('audit.otherComputers') : target;
}

const kilobytes = (bytes: unknown): number => Math.ceil(Number(bytes ?? 0) / 1000);

function agentName(line: AuditLine, t: TFunction): string {
  if (line.agent.kind === 'system') return t('audit.system');
  const name = line.agent.name.trim();
  if (line.agent.kind === 'visitor') return name === '' ? t('audit.visitor') : t('audit.byLink', { name });
  return name === '' ? t('audit.someone') : name;
}

function tailOf(line: AuditLine, t: TFunction): string {
  if (line.outcome === 'refused') return t('audit.wasRefused');
  if (line.outcome === 'failed') return t('audit.didNotWork');
  if (line.action === 'session.joined' || line.action === 'link.made') {
    return [...mayOf(line, t), ...nameOf(line, t)].join(' ');
  }
  if (line.action === 'session.egress-closed')
    return line.details['reason'] === 'somebody-joined'
      ? t('audit.somebodyJoined')
      : t('audit.noLongerAllowed');
  if (line.action === 'session.checked' && hasNoRights(line)) return t('audit.noRights');
  if (line.action === 'session.started' && typeof line.details['egress'] === 'string')
    return t('audit.maySpeak', { places: line.details['egress'] });
  if (line.action === 'session.started' && line.details['deposit'] === true) return t('audit.notKeptYet');
  return '';
}

/** Lines of earlier versions do not say it. Within strong walls the program itself is not seen, only what is around it. */
const hasNoRights = ({ details }: AuditLine): boolean =>
  details['capabilities'] === 'none' && details['seccomp'] === 'filter';

function mayOf({ details }: AuditLine, t: TFunction): string[] {
  if (details['control'] === 'view') return [t('audit.lookOnly')];
  return details['control'] === 'control' ? [t('audit.maySteer')] : [];
}

/** Lines of links say it since there is a choice. */
function nameOf({ details }: AuditLine, t: TFunction): string[] {
  if (details['watermark'] === undefined) return [];
  return [t(details['watermark'] === true ? 'audit.nameShown' : 'audit.nameNotShown')];
}
