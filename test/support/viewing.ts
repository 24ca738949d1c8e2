import { GuacamoleClient } from '@vitrine/sessions/testing';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient, type SessionView } from './api-client.js';
import { untilIdle } from './host-state.js';
import { Stack } from './stack.js';

const AGAIN_MS = 60_000;

/** A patient with a study on a stack of their own, who looks at it as the portal's page does. */
export class Viewing {
  private constructor(
    readonly stack: Stack,
    readonly patient: ApiClient,
    readonly itemIds: readonly string[],
  ) {}

  /** Returns when the stack has done what it does after its first start. */
  static async start(env: Readonly<Record<string, string>> = {}, within?: string): Promise<Viewing> {
    const stack = await Stack.start(env, within);
    const patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const study = syntheticCtStudy({ slices: 8, size: 128, patientName: 'Doe^Jane', birthDate: '19510402' });
    const itemIds = (await patient.addFiles(study)).items.map(({ id }) => id);
    await untilIdle(stack);
    return new Viewing(stack, patient, itemIds);
  }

  open(viewerId: string): Promise<SessionView> {
    return this.patient.openSession([...this.itemIds], viewerId);
  }

  /** Opens the display of a session and returns with its first picture. */
  async look(sessionId: string): Promise<GuacamoleClient> {
    const { stack, patient } = this;
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${sessionId}/tickets`);
    const client = await GuacamoleClient.connect({
      gateway: stack.origin,
      ticket,
      origin: stack.origin,
      cookie: patient.cookieHeader,
    });
    await client.firstFrame();
    return client;
  }

  /** As a page does that lost its display: until there is a picture. */
  async lookAgain(sessionId: string): Promise<GuacamoleClient> {
    for (const deadline = Date.now() + AGAIN_MS; ;) {
      const again = await this.look(sessionId).catch((error: unknown) => {
        if (Date.now() > deadline) throw error;
      });
      if (again) return again;
    }
  }

  /** A control plane that takes over from one that died. */
  async restart(): Promise<void> {
    await this.stack.startPart('control-plane');
    await this.stack.waitUntilHealthy();
  }

  sessions(): Promise<SessionView[]> {
    return this.patient.call('GET', '/api/sessions');
  }

  settled(sessionId: string): Promise<SessionView> {
    return this.patient.untilSession(sessionId, ({ state }) => ['ready', 'ended', 'failed'].includes(state));
  }

  stop(sessionId: string): Promise<void> {
    return this.patient.call('POST', `/api/sessions/${sessionId}/stop`);
  }

  async stopAll(): Promise<void> {
    for (const { id } of await this.sessions()) await this.stop(id);
  }

  close(): Promise<void> {
    return this.stack.close();
  }
}

/** Moves the mouse and waits until the display answers: what a person sees is alive. */
export async function showsLife(client: GuacamoleClient, withinMs = 5_000): Promise<void> {
  const frames = client.counts['sync'] ?? 0;
  for (let x = 0; x < 20; x++) client.mouse(100 + 10 * x, 200);
  client.ping();
  await client.until(() => client.pongs > 0 && (client.counts['sync'] ?? 0) > frames, withinMs);
}
