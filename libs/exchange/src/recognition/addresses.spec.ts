import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { traces, withoutTrace } from '../../testing/examiner-traces.js';
import { ExchangeBench, sharedExaminer } from '../../testing/exchange-bench.js';
import { filesThatAsk } from '../../testing/files-that-ask.js';
import { watchConnections } from '../../testing/own-connections.js';

jest.setTimeout(120_000);

/** Entities, actions, scripts, references: all name a server of this machine, which would notice. */
describe('an import of files that name an address', () => {
  const asked: string[] = [];
  let server: Server;
  let address = '';
  let bench: ExchangeBench;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    bench = await ExchangeBench.open();
  });
  afterAll(async () => {
    await bench.close();
    sharedExaminer.end();
    server.closeAllConnections();
    server.close();
  });

  it('asks nobody and runs nothing, neither where files are read nor where they are stored', async () => {
    const upload = new URL(await bench.uploadUrl()).host;
    const { account, patient } = await bench.patient();
    const connections = watchConnections();
    const answers: string[] = [];
    for (const file of filesThatAsk(address)) {
      const begun = await bench.imports.beginOwn(account, patient);
      const { items, notes } = await bench.send(account, begun, [file]);
      answers.push([file.name, ...items.map(({ kind }) => kind), ...notes.map(({ code }) => code)].join(' '));
      expect([file.name, withoutTrace(traces())]).toEqual([file.name, true]);
    }
    connections.end();
    // They were read, not only turned away.
    expect(answers).toEqual([
      'entity.xml exchange.unsafe-document exchange.nothing-usable',
      'letter.xml document',
      'bundle.json document',
      'result.hl7 document',
      'report.pdf document exchange.hidden-content',
      'picture.svg exchange.unknown-format exchange.nothing-usable',
      'page.html exchange.ignored exchange.nothing-usable',
      'calls.vcf genome',
      'picture.png document',
      'elsewhere.dcm imaging',
    ]);
    // Those that brought the files here.
    expect(connections.seen.length).toBeGreaterThan(0);
    expect(connections.seen.filter((host) => host !== upload)).toEqual([]);
    expect(asked).toEqual([]);
    expect(traces()).toMatchObject({ network: 'own', sockets: 'refused' });
  });

  it('would be seen to ask', async () => {
    const connections = watchConnections();
    await fetch(`${address}by-us`);
    connections.end();
    expect(connections.seen).toEqual([new URL(address).host]);
    expect(asked).toEqual(['/by-us']);
  });
});
