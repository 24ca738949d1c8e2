import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GuestExamination, GuestSpec } from '../hypervisor-driver.js';
import { examineMachine } from './machine-examination.js';

const AROUND: GuestExamination = {
  interfaces: ['lo'],
  mounts: [],
  writable: [],
  capabilities: [],
  seccomp: 'filter',
  filters: 1,
  socketFamilies: ['AF_UNIX'],
  breaches: [],
};
const SPEC = { mounts: [] as GuestSpec['mounts'] } as GuestSpec;
const WITHIN_MS = 10_000;

describe('a look at the walls around a machine', () => {
  let first: ChildProcess;

  afterEach(() => {
    if (first.pid !== undefined) process.kill(-first.pid, 'SIGKILL');
  });

  /** A first process that waits for none of its children, each a command of the shell; its number. */
  const firstProcess = (...children: string[]): number => {
    first = spawn('sh', ['-c', `${children.map((command) => `${command} & `).join('')}exec sleep 60`], {
      detached: true,
      stdio: 'ignore',
    });
    return first.pid ?? 0;
  };

  it('looks past a child that has ended and was not waited for, as what made the CD', async () => {
    const pid = firstProcess('sleep 60', 'true');
    await until(() => statesOfChildren(pid).sort().join('') === 'SZ');

    const { breaches } = await examineMachine(AROUND, pid, SPEC);

    expect(breaches).toContain('the machine has no walls of its own');
    expect(breaches).not.toContain('it is not one machine');
  });

  it('takes what has no child at all for something else', async () => {
    const { breaches } = await examineMachine(AROUND, firstProcess(), SPEC);

    expect(breaches).toEqual(['it is not one machine']);
  });

  it('says that the guest did not start when the machine has ended', async () => {
    const pid = firstProcess('true');
    await until(() => statesOfChildren(pid).join('') === 'Z');

    await expect(examineMachine(AROUND, pid, SPEC)).rejects.toMatchObject({
      code: 'hypervisor.start-failed',
    });
  });
});

const statesOfChildren = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map((child) => /\) (\w)/.exec(readFileSync(`/proc/${child}/stat`, 'utf8'))?.[1] ?? '');

async function until(wanted: () => boolean): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; !wanted();) {
    if (Date.now() > end) throw new Error('the processes did not become as they should');
    await delay(10);
  }
}
