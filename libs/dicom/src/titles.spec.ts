import { describe, expect, it } from '@jest/globals';
import { studyTitle } from './titles.js';

describe('studyTitle', () => {
  it('takes the joining signs of scanners for blanks', () => {
    expect(studyTitle({ modalities: ['MR'], bodyPart: '', description: 'Hanke_Stadler^0024' })).toBe(
      'MRI: Hanke Stadler 0024',
    );
  });

  it.each([
    [['CT'], 'HEAD', '', 'CT of the head'],
    [['CT', 'SR'], '', 'Schädel nativ', 'CT of the head'],
    [['MR'], 'BRAIN', 'T1', 'MRI of the brain'],
    [['CR', 'DX'], 'CHEST', '', 'X-ray of the chest'],
    [['PT', 'CT'], 'WHOLEBODY', '', 'PET and CT of the whole body'],
    [['MG'], 'BREAST', '', 'Mammogram'],
    [['US'], '', '', 'Ultrasound'],
    [['CT'], '', 'e+1', 'CT: e+1'],
    [['SR'], '', '', 'Report'],
    [['XYZ'], '', '', 'Images'],
  ])('calls %j of %j (%j) %j', (modalities, bodyPart, description, expected) => {
    expect(studyTitle({ modalities, bodyPart, description })).toBe(expected);
  });
});
