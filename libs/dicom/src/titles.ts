import { cleanText } from './text.js';

const MODALITIES: Readonly<Record<string, string>> = {
  CT: 'CT',
  MR: 'MRI',
  US: 'Ultrasound',
  IVUS: 'Ultrasound',
  CR: 'X-ray',
  DX: 'X-ray',
  RG: 'X-ray',
  PX: 'Dental X-ray',
  IO: 'Dental X-ray',
  MG: 'Mammogram',
  NM: 'Nuclear medicine scan',
  PT: 'PET',
  XA: 'Angiogram',
  RF: 'X-ray film',
  BMD: 'Bone density scan',
  OP: 'Eye photograph',
  OPT: 'Eye scan',
  ES: 'Endoscopy',
  SM: 'Microscope slide',
  GM: 'Microscope picture',
  XC: 'Photograph',
  ECG: 'ECG',
  RTPLAN: 'Radiotherapy plan',
  RTDOSE: 'Radiotherapy dose',
  RTSTRUCT: 'Radiotherapy outline',
  RTIMAGE: 'Radiotherapy image',
  SR: 'Report',
  DOC: 'Document',
};

// Objects about images: they name a study only when there is nothing else in it.
const SECONDARY = new Set([
  'SR',
  'PR',
  'KO',
  'SEG',
  'REG',
  'DOC',
  'RTSTRUCT',
  'RTPLAN',
  'RTDOSE',
  'RTRECORD',
  'OT',
]);

// Words of BodyPartExamined (PS3.16 annex L) and of descriptions, in the languages that scanners write.
const BODY_PARTS: readonly (readonly [RegExp, string])[] = [
  [/\b(head|skull|schaedel|schädel|kopf|cranium)\b/, 'the head'],
  [/\b(brain|cerebr\w*|hirn|gehirn)\b/, 'the brain'],
  [/\b(neck|hals)\b/, 'the neck'],
  [/\b(chest|thorax|lung\w*|pulmo\w*)\b/, 'the chest'],
  [/\b(heart|cardiac|coronary|herz)\b/, 'the heart'],
  [/\b(breast|mamma\w*)\b/, 'the breast'],
  [/\b(abdom\w*|belly|liver|leber)\b/, 'the belly'],
  [/\b(pelvis|becken)\b/, 'the pelvis'],
  [/\b(c-?spine|cspine|hws)\b/, 'the neck spine'],
  [/\b(t-?spine|tspine|bws)\b/, 'the chest spine'],
  [/\b(l-?spine|lspine|lws|lumbar\w*)\b/, 'the lower spine'],
  [/\b(spine|wirbels\w*)\b/, 'the spine'],
  [/\b(shoulder|schulter)\b/, 'the shoulder'],
  [/\b(elbow|ellbogen)\b/, 'the elbow'],
  [/\b(wrist|handgelenk)\b/, 'the wrist'],
  [/\b(hand|finger)\b/, 'the hand'],
  [/\b(hip|hüfte|huefte)\b/, 'the hip'],
  [/\b(knee|knie)\b/, 'the knee'],
  [/\b(ankle|sprunggelenk)\b/, 'the ankle'],
  [/\b(foot|fuss|fuß|toe)\b/, 'the foot'],
  [/\b(leg|femur|tibia|extremity)\b/, 'the leg'],
  [/\b(arm|humerus|forearm)\b/, 'the arm'],
  [/\b(jaw|teeth|dental)\b/, 'the jaw'],
  [/\b(eye|orbit)\b/, 'the eye'],
  [/\b(sinus)\b/, 'the sinuses'],
  [/\b(wholebody|whole body|ganzk\w*)\b/, 'the whole body'],
];

const bodyPartIn = (text: string): string | undefined => {
  const words = text.toLowerCase().replace(/_/g, ' ');
  return BODY_PARTS.find(([pattern]) => pattern.test(words))?.[1];
};

/** Plain words for a study: “CT of the head”. Uses what the scanner wrote only where nothing better is known. */
export function studyTitle(study: {
  readonly modalities: readonly string[];
  readonly bodyPart: string;
  readonly description: string;
}): string {
  const primary = study.modalities.filter((modality) => !SECONDARY.has(modality));
  const names = (primary.length > 0 ? primary : study.modalities).map((code) => MODALITIES[code]);
  const known = [...new Set(names.filter((name) => name !== undefined))];
  const what = known.length > 0 ? known.slice(0, 3).join(' and ') : 'Images';
  const where = bodyPartIn(study.bodyPart) ?? bodyPartIn(study.description);
  if (what === 'Mammogram') return what;
  if (where !== undefined) return `${what} of ${where}`;
  // Scanners write names of protocols with signs that join words.
  const description = study.description.replace(/[_^]+/g, ' ').trim();
  return description === '' || description.toLowerCase() === what.toLowerCase()
    ? what
    : cleanText(`${what}: ${description}`, 120);
}
