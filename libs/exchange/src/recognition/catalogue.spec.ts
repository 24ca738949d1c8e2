import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ItemView } from '@vitrine/records';
import { outsideOf, peakMiB, traces, withoutTrace, type Traces } from '../../testing/examiner-traces.js';
import { expectedAnswer } from '../../testing/catalogue-answers.js';
import { filesBelow, testData } from '../../testing/data-files.js';
import { ExchangeBench, sharedExaminer } from '../../testing/exchange-bench.js';
import { watchConnections } from '../../testing/own-connections.js';
import type { ImportView } from '../import-view.js';

jest.setTimeout(600_000);

const MEMORY_MIB = 512;
const data = testData();
const describeWithData = data === undefined ? describe.skip : describe;

/** “cda ‘Progress Note’ 2005-03-29, Adam Everyman 1954-11-25”: what an item was taken for. */
function itemWords({ kind, formats, title, takenOn, document }: ItemView): string {
  if (kind !== 'document' || document === undefined) return formats.join('+');
  const { patientName, patientBirthDate } = document;
  return `${formats.join('+')} ‘${title}’ ${takenOn ?? ''}, ${patientName} ${patientBirthDate}`.trim();
}

/** The same words once, with how often. */
function counted(words: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count === 1 ? word : `${word} ×${count}`));
}

function answerOf({ items, notes }: ImportView): string {
  const said = notes
    .map(({ code }) => code.replace('exchange.', ''))
    .filter((code) => code !== 'nothing-usable');
  return [...counted(items.map(itemWords)), ...counted(said)].join('; ');
}

describeWithData('an import of each file of the test data', () => {
  const root = data ?? '';
  const lines: (Traces & {
    readonly name: string;
    readonly answer: string;
    readonly ms: number;
    readonly stray: number;
    /** The most that the process which reads files has had in memory up to then. */
    readonly mebibytes: number;
  })[] = [];
  const most = () => Math.max(...lines.map(({ mebibytes }) => mebibytes));
  let bench: ExchangeBench;
  let leftovers: string[] = [];
  let connectedTo: string[] = [];

  beforeAll(async () => {
    bench = await ExchangeBench.open();
    const places = outsideOf(bench.dataDir, root);
    // The first file that is kept makes this one.
    const before = new Set([...places(), join(bench.dataDir, 'vault')]);
    const upload = new URL(await bench.uploadUrl()).host;
    const connections = watchConnections();
    let folder: string | undefined;
    let jane = await bench.patient();
    for (const name of filesBelow(root)) {
      const own = name.slice(0, name.lastIndexOf('/') + 1);
      // Files of one folder are one person's, but for those that are made to meet each other.
      if (own !== folder || own.startsWith('hostile/')) jane = await bench.patient();
      folder = own;
      const start = performance.now();
      const begun = await bench.imports.beginOwn(jane.account, jane.patient);
      const done = await bench.send(jane.account, begun, [{ name, bytes: readFileSync(join(root, name)) }]);
      const ms = Math.round(performance.now() - start);
      const stray = places().filter((path) => !before.has(path)).length;
      lines.push({ name, answer: answerOf(done), ms, stray, mebibytes: peakMiB(), ...traces() });
    }
    leftovers = bench.leftovers();
    connections.end();
    // But to where the files are sent by this test.
    connectedTo = connections.seen.filter((host) => host !== upload);
  });
  afterAll(async () => {
    await bench.close();
    const table = lines.filter(({ name }) => !/^dicom\/(series|cd-ct|dicomdir)/.test(name));
    process.stdout.write(`${'file'.padEnd(58)} time      memory  requests programs stray  answer\n`);
    for (const { name, answer, ms, mebibytes, requests, programs, stray } of table) {
      const counts = [requests, programs, stray].map((count) => String(count).padStart(7)).join(' ');
      process.stdout.write(
        `${name.padEnd(58)} ${String(ms).padStart(5)} ms ${String(mebibytes).padStart(4)} MiB ${counts}  ${answer}\n`,
      );
    }
    process.stdout.write(`${lines.length} files; the process that read them took ${most()} MiB at most\n`);
    sharedExaminer.end();
  });

  it('is what it should be', () => {
    const wrong = lines
      .filter(({ name, answer }) => answer !== expectedAnswer(name))
      .map(({ name, answer }) => `${name}: ${answer}`);
    expect(wrong).toEqual([]);
  });

  it('ends within the limits of time and memory that each file has', () => {
    // The examiner ends what takes longer than 5 s; here only memory is measured, which no busy machine changes.
    expect(lines.filter(({ answer }) => answer.includes('took-too-long'))).toEqual([]);
    expect(most()).toBeLessThanOrEqual(MEMORY_MIB);
  });

  it('asks nobody for anything and runs nothing', () => {
    expect(lines.map(({ network }) => network)).not.toContain('shared');
    expect(lines.map(({ sockets }) => sockets)).not.toContain('allowed');
    expect(lines.filter((line) => !withoutTrace(line))).toEqual([]);
    expect(connectedTo).toEqual([]);
  });

  it('leaves nothing behind, neither where uploads lie nor where names of entries point to', () => {
    expect(leftovers).toEqual([]);
    expect(lines.filter(({ stray }) => stray > 0)).toEqual([]);
    expect(readdirSync(tmpdir()).filter((one) => one.includes('escaped'))).toEqual([]);
    expect(filesBelow(root).filter((one) => one.includes('escaped'))).toEqual([]);
  });
});
