import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import type { Owner } from '@vitrine/delegation';
import { RecordsService, type ItemKind } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { aPatient, aToken } from '../../testing/programs.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

/** Runs a program to its end; the code and all that it printed are the answer. */
const runProgram = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    execFile(program, [...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });

/** Skips, and says why, where a program is not installed. */
const withProgram = (path: string): typeof it => {
  if (existsSync(path)) return it;
  process.stdout.write(`Skipped: ${path} is missing.\n`);
  return it.skip as typeof it;
};

/** Real programs against the running control plane. */
describe('the network drive with programs of others', () => {
  let whole: WholeApp;
  let jane: Owner;
  let base = '';
  let password = '';
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-dav-'));

  beforeAll(async () => {
    whole = await wholeApp();
    await whole.app.listen(0, '127.0.0.1');
    const { port } = whole.app.getHttpServer().address() as AddressInfo;
    base = `http://127.0.0.1:${port}/dav/`;
    jane = await aPatient(whole.app);
    password = await aToken(whole.app, jane, 'drive-write');
  });
  afterAll(async () => {
    await whole.close();
    rmSync(folder, { recursive: true });
  });

  const records = () => whole.app.get(RecordsService, { strict: false });
  /** Until the record has so many items of this kind, since the drive waits for quiet first. */
  const recordHas = async (kind: ItemKind, count: number) => {
    for (;;) {
      const items = await records().list(jane.patient.id, { kind });
      if (items.length >= count) return items;
      await delay(200);
    }
  };
  const inFolder = (program: string, ...args: string[]) =>
    runProgram('env', ['-C', folder, program, ...args]);
  const curl = (secret: string, ...args: string[]) =>
    runProgram('curl', ['-sS', '--fail-with-body', '-u', `jane:${secret}`, ...args]);

  withProgram('/usr/bin/litmus')('litmus finds nothing wrong, and has nothing to warn of', async () => {
    const { output } = await inFolder('litmus', '-k', `${base}Drive/`, 'jane', password);
    const counts = [...output.matchAll(/of (\d+) tests run: (\d+) passed, (\d+) failed/g)];
    expect(output.match(/.*(WARNING|FAIL|SKIPPED).*/g)).toBeNull();
    expect(counts.map(([, ...numbers]) => numbers)).toEqual(
      ['16', '13', '30', '41', '4'].map((all) => [all, all, '0']),
    );
  });

  withProgram('/usr/bin/rclone')(
    'rclone copies a folder to the drive and back, byte for byte',
    async () => {
      const study = syntheticCtStudy({ slices: 30, size: 64 });
      mkdirSync(join(folder, 'out', 'CT of Jane'), { recursive: true });
      for (const { name, bytes } of study)
        writeFileSync(join(folder, 'out', 'CT of Jane', basename(name)), bytes);
      writeFileSync(join(folder, 'out', 'report – Übersicht.pdf'), syntheticReportPdf().bytes);
      writeFileSync(join(folder, 'out', '.DS_Store'), 'litter');
      const { output: obscured } = await runProgram('rclone', ['obscure', password]);
      const remote = {
        RCLONE_CONFIG: '/dev/null',
        RCLONE_CONFIG_JANE_TYPE: 'webdav',
        RCLONE_CONFIG_JANE_URL: base,
        RCLONE_CONFIG_JANE_USER: 'jane',
        RCLONE_CONFIG_JANE_PASS: obscured.trim(),
      };
      const rclone = async (...args: string[]) => {
        const { code, output } = await runProgram('rclone', args, remote);
        expect({ output, code }).toMatchObject({ code: 0 });
        return output;
      };
      await rclone('copy', join(folder, 'out'), 'jane:Drive/from rclone');
      await rclone('check', '--download', join(folder, 'out'), 'jane:Drive/from rclone');
      await rclone('copy', 'jane:Drive/from rclone', join(folder, 'back'));
      expect((await runProgram('diff', ['-r', join(folder, 'out'), join(folder, 'back')])).output).toBe('');

      // What was copied comes to the record by itself, as one import with one line in the record of acts.
      await recordHas('imaging', 1);
      const [document] = await recordHas('document', 1);
      expect(document?.title).toContain('Übersicht');
      const lines = await whole.app
        .get(DataSource)
        .getRepository(AuditEvent)
        .findBy({ action: 'record.added' });
      expect(lines).toHaveLength(1);
      expect(lines[0]?.details).toMatchObject({ files: 31 });

      // And can be read there, but not changed.
      const tree = await rclone('lsf', '-R', '--files-only', 'jane:Record');
      expect(tree.trim().split('\n')).toHaveLength(31);
      await rclone('copy', 'jane:Record/Scans', join(folder, 'record'));
      const { output: images } = await runProgram('find', [join(folder, 'record'), '-name', '*.dcm']);
      const back = images
        .trim()
        .split('\n')
        .sort()
        .map((path) => readFileSync(path).equals(study[Number(/(\d+)\.dcm$/.exec(path)?.[1]) - 1]!.bytes));
      expect(back).toEqual(study.map(() => true));
      expect((await runProgram('rclone', ['delete', 'jane:Record/Documents'], remote)).code).not.toBe(0);

      // The record keeps what it took when the drive no longer has it.
      await rclone('purge', 'jane:Drive/from rclone');
      expect(await recordHas('imaging', 1)).toHaveLength(1);
      const again = join(folder, 'again');
      await rclone('copy', 'jane:Record/Documents', again);
      expect(readFileSync(join(again, 'report – Übersicht.pdf')).equals(syntheticReportPdf().bytes)).toBe(
        true,
      );
    },
    120_000,
  );

  withProgram('/usr/bin/cadaver')('cadaver puts, locks, moves and fetches', async () => {
    mkdirSync(join(folder, 'home'), { recursive: true });
    writeFileSync(join(folder, 'home', '.netrc'), `machine 127.0.0.1 login jane password ${password}\n`, {
      mode: 0o600,
    });
    writeFileSync(join(folder, 'letter.txt'), 'Dear Jane,\n');
    writeFileSync(
      join(folder, 'script'),
      [
        `open ${base}Drive/`,
        'mkcol letters',
        'cd letters',
        'put letter.txt',
        'lock letter.txt',
        'put letter.txt',
        'discover letter.txt',
        'unlock letter.txt',
        'copy letter.txt copy.txt',
        'move copy.txt moved.txt',
        'propset moved.txt colour blue',
        'propget moved.txt colour',
        'ls',
        'get moved.txt fetched.txt',
        'quit',
        '',
      ].join('\n'),
    );
    const { output } = await runProgram('sh', ['-c', `cd ${folder} && cadaver < script`], {
      HOME: join(folder, 'home'),
    });
    expect(output).not.toMatch(/failed|could not/i);
    expect(output).toMatch(/blue/);
    expect(readFileSync(join(folder, 'fetched.txt'), 'utf8')).toBe('Dear Jane,\n');
  });

  withProgram('/usr/sbin/mount.davfs')(
    'davfs2 mounts it, writes and reads',
    async () => {
      const mount = join(folder, 'mount');
      mkdirSync(mount);
      writeFileSync(join(folder, 'big'), Buffer.alloc(3_000_000, 'vitrine '));
      const conf = join(folder, 'davfs2.conf');
      const secrets = join(folder, 'secrets');
      writeFileSync(conf, `secrets ${secrets}\ndelay_upload 0\nask_auth 0\n`);
      writeFileSync(secrets, `${base} jane ${password}\n`, { mode: 0o600 });
      const mounted = await runProgram('mount.davfs', [base, mount, '-o', `conf=${conf}`]);
      const impossible = mounted.code !== 0 && /fuse|not permitted|not allowed/i.test(mounted.output);
      if (impossible && !process.env['CI']) {
        process.stdout.write(`Skipped: davfs2 cannot mount on this machine: ${mounted.output}\n`);
        return;
      }
      expect(mounted).toEqual({ code: 0, output: '' });
      try {
        // In a process of their own: this one has to answer meanwhile.
        const work = [
          `cd '${mount}'`,
          'mkdir Drive/mounted',
          'cp ../big Drive/mounted/one.bin',
          'mv Drive/mounted/one.bin Drive/mounted/two.bin',
          'cmp ../big Drive/mounted/two.bin',
          '! cp ../big Record/mine.bin 2>&1',
          'echo done',
        ];
        const { output } = await runProgram('sh', ['-ec', work.join('\n')]);
        expect(output).toMatch(/done\n$/);
      } finally {
        // Which sends what is still to be sent.
        await runProgram('umount', [mount]);
      }
      const out = join(folder, 'by-davfs2');
      await curl(password, '-o', out, `${base}Drive/mounted/two.bin`);
      expect(readFileSync(out).equals(readFileSync(join(folder, 'big')))).toBe(true);
    },
    120_000,
  );

  withProgram('/usr/bin/curl')('curl does what the manual page says', async () => {
    const read = await aToken(whole.app, jane, 'drive-read');
    writeFileSync(join(folder, 'big'), Buffer.alloc(3_000_000, 'vitrine '));
    const url = `${base}Drive/big%20one.bin`;
    expect(await curl(password, '-T', join(folder, 'big'), url)).toEqual({ code: 0, output: '' });
    const out = join(folder, 'part');
    await curl(read, '-r', '1000000-', '-o', out, url);
    expect(readFileSync(out).equals(readFileSync(join(folder, 'big')).subarray(1_000_000))).toBe(true);
    expect((await curl(read, '-T', join(folder, 'big'), url)).output).toContain('drive.look-only');
    expect((await curl('not-a-password', url)).output).toContain('delegation.token-refused');
  });
});
