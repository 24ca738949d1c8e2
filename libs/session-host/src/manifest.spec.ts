import { describe, expect, it } from '@jest/globals';
import { Problem } from '@vitrine/kernel';
import { readManifest, readManifestLabel } from './manifest.js';

const GOOD = `id: plain
title: Plain viewer
sentence: Shows pictures.
licence: MIT
formats: [dicom, pdf]
rank: 20
resources: { cpus: 1.5, memoryMiB: 512, pids: 128, scratchMiB: 64 }
network: loopback
display: { width: 1280, height: 800 }
command: [/bin/viewer, '{files}']
`;
const changed = (from: string, to: string) => () => readManifest(GOOD.replace(from, to));
const codeOf = (read: () => unknown): string => {
  try {
    read();
    return 'nothing was refused';
  } catch (error) {
    return Problem.from(error).code;
  }
};

describe('the manifest of an image', () => {
  it('is read in full, but for the command, which is the image’s own business', () => {
    expect(readManifestLabel(Buffer.from(GOOD).toString('base64'))).toEqual({
      id: 'plain',
      title: 'Plain viewer',
      sentence: 'Shows pictures.',
      licence: 'MIT',
      formats: ['dicom', 'pdf'],
      rank: 20,
      resources: { cpus: 1.5, memoryMiB: 512, pids: 128, scratchMiB: 64 },
      network: 'loopback',
      results: false,
      display: { width: 1280, height: 800 },
    });
    expect(readManifest(`${GOOD}results: true\n`).results).toBe(true);
  });

  it.each([
    ['no manifest', () => readManifestLabel(undefined)],
    ['an empty one', () => readManifestLabel('')],
    ['one that is huge', () => readManifestLabel('A'.repeat(100_000))],
    ['what is not YAML', () => readManifest('id: [')],
    ['a list', () => readManifest('[1, 2]')],
    ['a bomb of aliases', () => readManifest('a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]')],
    ['an id that could be a path', changed('id: plain', 'id: ../plain')],
    ['an id in capitals', changed('id: plain', 'id: Plain')],
    ['a title with a line break', changed('title: Plain viewer', 'title: "a\\nb"')],
    ['a title without end', changed('title: Plain viewer', `title: ${'x'.repeat(81)}`)],
    ['no formats', changed('[dicom, pdf]', '[]')],
    ['a format that is not a word', changed('[dicom, pdf]', '[dicom, 7]')],
    ['a host network', changed('network: loopback', 'network: host')],
    ['all of the memory', changed('memoryMiB: 512', 'memoryMiB: 999999')],
    ['negative processors', changed('cpus: 1.5', 'cpus: -1')],
    ['a number that is none', changed('rank: 20', 'rank: .nan')],
    ['a privilege that we do not know', changed('rank: 20', 'privileged: true')],
    ['a folder for results of its own choice', changed('rank: 20', 'results: /etc')],
    ['an unknown resource', changed('cpus: 1.5', 'gpus: 1')],
  ])('refuses %s', (_, read) => {
    expect(codeOf(read)).toBe('viewers.not-a-viewer');
  });
});
