import { GuacamoleClient } from '@vitrine/sessions/testing';
import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient, type SessionView } from './api-client.js';
import { hostState, NOTHING, untilIdle, type HostState } from './host-state.js';
import { Stack } from './stack.js';

const AGAIN_MS = 60_000;
const AGAIN_PAUSE_MS = 100;
const VISIT_TICKETS = '/api/visit/tickets';

/** What is on the host, and the sessions that the patient is shown as not over. */
interface Left extends HostState {
  readonly shown: string[];
}

export const NOTHING_LEFT: Left = { ...NOTHING, shown: [] };

/** A patient with a study on a stack of their own, who looks at it as the portal's page does. */
export class Viewing {
  private constructor(
    readonly stack: Stack,
    readonly patient: ApiClient,
    readonly itemIds: readonly string[],
  ) {}

  /** Returns when the stack has done what it does after its first start. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Viewing> {
    const stack = await Stack.startTested(env);
    const patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const study = syntheticCtStudy({ slices: 8, size: 128, patientName: 'Doe^Jane', birthDate: '19510402' });
    const { items, state, notes } = await patient.addFiles(study);
    if (items.length === 0) throw new Error(`the study did not come in: ${state} ${JSON.stringify(notes)}`);
    const itemIds = items.map(({ id }) => id);
    await untilIdle(stack);
    return new Viewing(stack, patient, itemIds);
  }

  open(viewerId: string): Promise<SessionView> {
    return this.patient.openSession([...this.itemIds], viewerId);
  }

  /** Opens the display of a session and returns with its first picture. */
  look(sessionId: string): Promise<GuacamoleClient> {
    return lookAs(this.patient, `/api/sessions/${sessionId}/tickets`);
  }

  /** Somebody comes by a link to this session and sees its picture. */
  async letIn(sessionId: string): Promise<{ client: GuacamoleClient; revoke: () => Promise<void> }> {
    const { visitor, revoke } = await this.invite(sessionId);
    return { client: await lookAs(visitor, VISIT_TICKETS), revoke };
  }

  /** Somebody comes by a link to this session and does not look yet; the address is for limits that count by it. */
  async invite(
    sessionId: string,
    localAddress?: string,
  ): Promise<{ visitor: ApiClient; revoke: () => Promise<void> }> {
    const { itemIds } = this;
    const patient = this.patient.at(localAddress);
    const draft = { itemIds, sessionId, label: 'Dr Weber', control: 'view' };
    const { link, url } = await patient.call<{ link: { id: string }; url: string }>(
      'POST',
      '/api/links',
      draft,
    );
    const visitor = new ApiClient(this.stack, localAddress);
    await visitor.call('POST', '/api/visit/redeem', { secret: url.split('#')[1], name: 'Dr Weber' });
    return { visitor, revoke: () => patient.call('POST', `/api/links/${link.id}/revoke`) };
  }

  /** As a page does that lost its display: until there is a picture. */
  async lookAgain(sessionId: string): Promise<GuacamoleClient> {
    for (const deadline = Date.now() + AGAIN_MS; ;) {
      const again = await this.look(sessionId).catch((error: unknown) => {
        if (Date.now() > deadline) throw error;
      });
      if (again) return again;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_PAUSE_MS));
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

  async left(): Promise<Left> {
    const shown = (await this.sessions()).map(({ id, state }) => `${id} ${state}`);
    return { ...(await hostState(this.stack)), shown };
  }

  close(): Promise<void> {
    return this.stack.close();
  }
}

async function lookAs(viewer: ApiClient, tickets: string): Promise<GuacamoleClient> {
  const client = await joinAs(viewer, tickets);
  // Who was refused need not wait for a picture.
  if (client.closing) throw new Error(`refused: ${client.closing.reason}`);
  await client.firstFrame();
  return client;
}

/** With a ticket of their own through the gateway's door, where they may be refused. */
export async function joinAs(viewer: ApiClient, tickets = VISIT_TICKETS): Promise<GuacamoleClient> {
  const { ticket } = await viewer.call<{ ticket: string }>('POST', tickets);
  const { origin } = viewer.stack;
  return GuacamoleClient.connect({ gateway: origin, ticket, origin, cookie: viewer.cookieHeader });
}

/** Moves the mouse and waits until the display answers: what a person sees is alive. */
export async function showsLife(client: GuacamoleClient, withinMs = 5_000): Promise<void> {
  const frames = client.counts['sync'] ?? 0;
  for (let x = 0; x < 20; x++) client.mouse(100 + 10 * x, 200);
  client.ping();
  await client.until(() => client.pongs > 0 && (client.counts['sync'] ?? 0) > frames, withinMs);
}
