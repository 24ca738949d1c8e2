import type { FakeEngine } from '@vitrine/hypervisor/testing';
import { Problem } from '@vitrine/kernel';
import type { SessionHost } from '@vitrine/session-host';

/**
 * The host knows which guests are frozen and does not give them its three seconds: for tests that are about what follows.
 * A guest's answer is missed when `missed` settles.
 */
export function knowFrozen(
  host: SessionHost,
  engine: FakeEngine,
  missed: () => Promise<void> = () => Promise.resolve(),
): void {
  const ask = host.answers.bind(host);
  host.answers = async (sessionId, role, options) => {
    const guest = [...engine.guests.values()].find(
      ({ spec }) => spec.ownerId === sessionId && spec.role === role,
    );
    if (!guest || !engine.frozen.has(guest.name)) return ask(sessionId, role, options);
    await missed();
    throw new Problem('hypervisor.not-answering');
  };
}
