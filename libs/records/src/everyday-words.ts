import type { RecordItem } from './record-item.entity.js';

/** What people write for a kind of scan (DICOM PS3.3 C.7.3.1.1.1), in the languages of the portal, beside its title. */
const KINDS: Readonly<Record<string, string>> = {
  CT: 'Computertomografie Computertomographie CAT scan',
  MR: 'MRI MRT Magnetresonanz Kernspin scan',
  US: 'Ultrasound Ultraschall Sono Sonografie Sonographie',
  CR: 'X-ray xray Röntgen Röntgenbild Roentgen',
  DX: 'X-ray xray Röntgen Röntgenbild Roentgen',
  RG: 'X-ray xray Röntgen Röntgenbild Roentgen',
  PX: 'Dental Zahn Röntgen Röntgenbild',
  IO: 'Dental Zahn Röntgen Röntgenbild',
  RF: 'X-ray Röntgenfilm Durchleuchtung',
  MG: 'Mammogram Mammografie Mammographie',
  XA: 'Angiogram Angiografie Angiographie Gefäße Gefäßaufnahme',
  NM: 'Nuclear Szintigrafie Szintigraphie',
  PT: 'PET scan',
  BMD: 'Knochendichte',
  ES: 'Endoscopy Endoskopie',
  ECG: 'ECG EKG',
  SR: 'Befund',
};

/** German for the parts of the body that titles name. */
const PARTS: Readonly<Record<string, string>> = {
  head: 'Kopf Schädel',
  brain: 'Gehirn Hirn Kopf',
  neck: 'Hals',
  chest: 'Brust Brustkorb Thorax Lunge',
  heart: 'Herz',
  breast: 'Brust',
  belly: 'Bauch Abdomen Leber',
  pelvis: 'Becken',
  spine: 'Wirbelsäule Rücken',
  shoulder: 'Schulter',
  elbow: 'Ellbogen Ellenbogen',
  wrist: 'Handgelenk',
  hand: 'Hand',
  hip: 'Hüfte',
  knee: 'Knie',
  ankle: 'Sprunggelenk',
  foot: 'Fuß Fuss',
  leg: 'Bein',
  arm: 'Arm',
  jaw: 'Kiefer Zähne',
  eye: 'Auge',
  sinuses: 'Nebenhöhlen',
  body: 'Ganzkörper',
};

/** Words that are in no file, and by which a person looks for a scan all the same. */
export const everydayWords = ({ title, study }: Pick<RecordItem, 'title' | 'study'>): string[] =>
  study === null
    ? []
    : [
        ...study.modalities.map((modality) => KINDS[modality] ?? ''),
        PARTS[/ of the .*?(\w+)$/.exec(title)?.[1] ?? ''] ?? '',
      ];
