import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { traces } from '../../testing/examiner-traces.js';
import { Examiner } from './examiner.js';

jest.setTimeout(120_000);

describe('the process that reads untrusted files', () => {
  it('has a network of its own that leads nowhere, and leaves no trace of a request or a program', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-isolation-'));
    const path = join(folder, 'a.pdf');
    writeFileSync(path, '%PDF-1.4\n');
    const examiner = new Examiner({ work: folder });
    await examiner.recognise({ path }, 'a.pdf');
    expect(traces()).toEqual({ requests: 0, programs: 0, network: 'own' });
    examiner.close();
    rmSync(folder, { recursive: true });
  });

  it('would be seen to ask somebody or to start something', async () => {
    const script = `
      const { execSync } = require('node:child_process');
      const { createSocket } = require('node:dgram');
      execSync('true');
      require('node:net').connect(80, '192.0.2.1').on('error', () => {
        createSocket('udp4').send('x', 53, '192.0.2.1', () => console.log('asked'));
      });
      setInterval(() => 0, 1000);`;
    const child = spawn('/usr/bin/unshare', ['--net', process.execPath, '-e', script]);
    await once(child.stdout, 'data');
    const { requests, programs, network } = traces();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect({ network, asked: requests > 0, started: programs > 0 }).toEqual({
      network: 'own',
      asked: true,
      started: true,
    });
  });
});
