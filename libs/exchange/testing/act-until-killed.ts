/**
 * Does one act by one door and is killed at one of its steps. Says on its standard output the SHA-256 of each file that is
 * sent, in turn, and then `acknowledged` each time that success is told; the programs that send write there too what they
 * hear. Where it comes to the end it says `end` and of how many steps the act was. The data root is `<folder>/data`.
 *
 *   node --import '#typescript' act-until-killed.ts FOLDER DOOR STEP
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { agentOf, type Account } from '@vitrine/identity';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { syntheticCtStudy } from '@vitrine/samples';
import { DoorBench } from './door-bench.js';
import { driveImportsOf } from './drive-imports-of.js';
import { testFtps } from './drop-bench.js';
import type { SentFile } from './exchange-bench.js';
import { KilledAtStep } from './killed-at-step.js';
import { bodiesOf, digestOf, letterOf, programOf } from './what-is-sent.js';

const SLICES = 3;
const QUIET_MS = 60_000;

const [, , folder = '', name = '', step = ''] = process.argv;
const limits = { pauses: { afterReleaseMs: 100, whileOpenMs: 60_000, againAfterMs: 1_000 } };
const killed = await KilledAtStep.prepare(Number(step));
const ftps = testFtps(folder);
const door = await DoorBench.open({ folder, limits, ftps, pacs: newId().slice(0, 16) });
const { bench } = door;
const { account, patient } = door.patient;
const { provider } = door;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
// The same numbers would make the same images, and what is there already is not stored again.
const description = `${name} ${step} ${patient.id}`;
const images: SentFile[] = syntheticCtStudy({ slices: SLICES, size: 64, description });
const letter = letterOf(description);

/** A program that sends; what it hears is read also when it outlives us. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const sender = spawn(program, args, { stdio: ['ignore', 'inherit', 1] });
  await once(sender, 'close');
}

interface Act {
  readonly sent: readonly SentFile[];
  readonly work: () => Promise<void>;
}

const stowed = (who: Account, depositCodeId: string | null): Act => ({
  sent: images,
  work: async () => {
    const parts = images.map(({ bytes }) => bytes);
    const program = programOf(who, patient, depositCodeId);
    const stored = await bench.instances.store(program, bodiesOf(parts), {});
    for (const { outcome } of stored) if (outcome === 'stored') say('acknowledged');
  },
});

const byStorescu = (called: string): Act => {
  const args = ['-v', '-R', ...door.target(called), ...door.written(images)];
  return {
    sent: images,
    work: async () => {
      await run('/usr/bin/storescu', args);
      await door.settled();
    },
  };
};

/** What each door does from the first byte to the end; what is made ready for it is no step of it. */
const ACTS: Readonly<Record<string, () => Promise<Act> | Act>> = {
  web: () => stowed(account, null),
  deposit: async () => stowed(provider, (await bench.depositCodes.check(agentOf(provider), door.code)).id),
  dimse: () => byStorescu(door.code),
  inbox: () => {
    const { sent, work } = byStorescu(door.inboxAeTitle);
    const deliver = async () => {
      for (const { id } of await bench.inbox.waiting(provider.id))
        await bench.inbox.deliver(provider, id, door.code);
      await bench.runner.idle();
    };
    return { sent, work: () => work().then(deliver) };
  },
  ftps: async () => {
    const port = (await bench.drop.open(limits)) ?? 0;
    const { ftps: login, password } = await bench.ftpsAccounts.make(provider);
    const sent = [...images, letter];
    const user = ['-u', `${login.userName}:${password}`, '--cacert', ftps.tls.cert, '--ssl-reqd'];
    const files = ['-T', `{${door.written(sent).join(',')}}`, `ftp://${ftps.host}:${port}/${door.code}/`];
    const work = async () => {
      await run('/usr/bin/curl', ['-sSv', ...user, ...files]);
      await bench.drop.settle();
      await bench.runner.idle();
    };
    return { sent, work };
  },
  drive: () => {
    const sent = [...images, letter];
    // For whom everything has come to rest.
    const imports = driveImportsOf(bench, new FakeClock(new Date(bench.clock.now().getTime() + QUIET_MS)));
    const conditions = { lists: [], ifMatch: undefined, ifNoneMatch: undefined };
    const work = async () => {
      for (const [index, { bytes }] of sent.entries()) {
        const content = Readable.from([Buffer.from(bytes)]);
        await bench.drive.put({ patientId: patient.id, path: [String(index)], conditions }, content);
        say('acknowledged');
      }
      await imports.look();
      await bench.runner.idle();
    };
    return { sent, work };
  },
  portal: () => {
    const sent = [...images, letter];
    bench.sender = account.id;
    const work = async () => {
      const { id } = await bench.imports.beginOwn(account, patient);
      for (const file of sent) if ((await bench.upload(id, file)) === 201) say('acknowledged');
      await bench.imports.finish(account.id, id);
      await bench.runner.idle();
    };
    return { sent, work };
  },
};

const act = await ACTS[name]?.();
if (act === undefined) throw new Error(`there is no door ${name}`);
for (const { bytes } of act.sent) say(`sent ${digestOf(bytes)}`);
say(`end ${await killed.in(act.work)}`);
// Not by closing the door, which would put the folder in order: who checks it starts over it as after a kill.
process.exit();
