import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IsNull } from 'typeorm';
import { Grant } from '@vitrine/delegation';
import { LiveConnections, Participation, type Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness, type Person } from '../../testing/gateway-harness.js';
import { instruction } from '../guacamole/instruction.js';
import { TunnelRegistry } from './tunnel-registry.js';

/** Whoever asks for so many waits until all were run; otherwise as many as fit into a minute. */
const ASKED_FOR = process.env['VITRINE_RACE_ROUNDS'];
const ROUNDS = Number(ASKED_FOR ?? 2000);
const LONGEST_MS = ASKED_FOR === undefined ? 60_000 : 480_000;
const FEWEST = 100;
const AT_ONCE = 4;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('revoking while joining', () => {
  let gateway: GatewayHarness;
  let session: Session;
  let guacd: FakeGuacd;

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
    await gateway.writeCarelessly();
    session = await gateway.session();
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
    guacd.ready += instruction('size', 0, 64, 64) + instruction('sync', 1);
  });
  afterAll(async () => {
    await guacd.stop();
    await gateway.stop();
  });

  let usualCommitMs = 1;
  /** Revokes as the control plane does: commit, then cut; gives how many milliseconds the cut took. */
  const revoke = async (person: Person): Promise<number> => {
    const asked = performance.now();
    await gateway.database.transactor.run((manager) =>
      manager.update(Grant, { id: person.participant.id }, { revokedAt: new Date().toISOString() }),
    );
    const started = performance.now();
    usualCommitMs = usualCommitMs * 0.9 + (started - asked) * 0.1;
    await new LiveConnections(gateway.settings).cut({ participantIds: [person.participant.id] });
    return performance.now() - started;
  };

  it(
    `leaves nobody connected, in up to ${ROUNDS} rounds`,
    async () => {
      const { manager } = gateway.database.dataSource;
      const registry = gateway.app.get(TunnelRegistry, { strict: false });
      const outcomes: Record<string, number> = {};
      const until = performance.now() + LONGEST_MS;
      let [slowest, round, usualMs] = [0, 0, 30];
      const run = async () => {
        while (round++ < ROUNDS && performance.now() < until) {
          const person = await gateway.visitor();
          const ticket = await gateway.ticket(session, person);
          // Anywhere between before the join and after it, however fast machine and database are at the moment.
          const lead = (((round * 7) % 20) / 10) * usualMs - usualCommitMs;
          const join = async () => {
            await wait(Math.max(0, -lead));
            const started = performance.now();
            const client = await gateway.present(ticket, person);
            usualMs = usualMs * 0.9 + (performance.now() - started) * 0.1;
            return client;
          };
          const joining = join();
          await wait(Math.max(0, lead));
          slowest = Math.max(slowest, await revoke(person));
          const open = { participantId: person.participant.id, leftAt: IsNull() };
          const { reason } = await (await joining).closed(2000);
          outcomes[reason] = (outcomes[reason] ?? 0) + 1;
          // Written down after the tunnel has closed.
          while ((await manager.countBy(Participation, open)) > 0) await wait(1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, run));
      console.info(`outcomes ${JSON.stringify(outcomes)}; slowest cut ${slowest.toFixed(0)} ms`);
      expect(registry.size).toBe(0);
      const rounds = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      if (ASKED_FOR !== undefined) expect(rounds).toBe(ROUNDS);
      // Both orders happened often, or the race was not run.
      expect(outcomes['sessions.cut-off']).toBeGreaterThan(FEWEST);
      expect(outcomes['delegation.link-revoked']).toBeGreaterThan(FEWEST);
      expect(Object.keys(outcomes).sort()).toEqual(['delegation.link-revoked', 'sessions.cut-off']);
      expect(slowest).toBeLessThan(1000);
    },
    LONGEST_MS * 2,
  );
});
