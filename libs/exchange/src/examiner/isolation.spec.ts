import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { bytesOf } from '@vitrine/vault/testing';
import { traces } from '../../testing/examiner-traces.js';
import { Examiner } from './examiner.js';
import { apart } from './isolation.js';

jest.setTimeout(120_000);

describe('the process that reads untrusted files', () => {
  it('has a network of its own that leads nowhere, and leaves no trace of a request or a program', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-isolation-'));
    const path = join(folder, 'a.pdf');
    writeFileSync(path, '%PDF-1.4\n');
    const examiner = new Examiner({ work: folder });
    await examiner.recognise({ path }, 'a.pdf');
    expect(traces()).toEqual({ requests: 0, programs: 0, network: 'own', sockets: 'refused' });
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
    const { requests, programs, network, sockets } = traces();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect({ network, sockets, asked: requests > 0, started: programs > 0 }).toEqual({
      network: 'own',
      sockets: 'allowed',
      asked: true,
      started: true,
    });
  });

  it('may open no socket, neither in a network nor one that has a path or a name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-isolation-'));
    const heard: string[] = [];
    const path = join(folder, 'socket');
    const abstract = `\0vitrine-${process.pid}`;
    const servers = [path, abstract].map((place) => createServer(() => heard.push(place)).listen(place));
    await Promise.all(servers.map((server) => once(server, 'listening')));
    const script = `
      const { connect, createServer } = require('node:net');
      const { createSocket } = require('node:dgram');
      const [path, abstract] = JSON.parse(process.argv[1]);
      const ways = {
        path: () => connect(path),
        abstract: () => connect(abstract),
        tcp: () => connect(80, '127.0.0.1'),
        listening: () => createServer().listen(path + '2'),
        udp: () => {
          const socket = createSocket('udp4');
          socket.send('x', 53, '127.0.0.1');
          return socket;
        },
      };
      for (const [name, way] of Object.entries(ways))
        try {
          way().on('error', ({ code }) => console.log(name, code)).on('connect', () => console.log(name, 'connected'));
        } catch ({ code }) {
          console.log(name, code);
        }`;
    const [program = '', ...args] = apart();
    const done = spawn(program, [...args, process.execPath, '-e', script, JSON.stringify([path, abstract])]);
    const said = await bytesOf(done.stdout);
    expect(String(said).trim().split('\n').sort()).toEqual(
      ['abstract', 'listening', 'path', 'tcp', 'udp'].map((name) => `${name} EPERM`),
    );
    expect(heard).toEqual([]);
    servers.forEach((server) => server.close());
    rmSync(folder, { recursive: true });
  });
});
