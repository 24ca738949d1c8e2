import { describe, expect, it } from '@jest/globals';
import { HandshakeTurns } from './handshake-turns.js';

describe('HandshakeTurns', () => {
  const never = new AbortController().signal;
  const leave = () => {
    throw new Error('left what somebody has');
  };
  const tick = () => new Promise((resolve) => setImmediate(resolve));

  /** Handshakes that end when they are told to, in the order in which they began. */
  const scripted = () => {
    const begun: string[] = [];
    const ends = new Map<string, (failure?: Error) => void>();
    const handshake = (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (failure) => (failure ? reject(failure) : resolve(name))),
      );
    };
    return { begun, handshake, end: (name: string, failure?: Error) => ends.get(name)?.(failure) };
  };

  it('lets one after the other shake hands with a bridge, and those of other sessions meanwhile', async () => {
    const turns = new HandshakeTurns();
    const { begun, handshake, end } = scripted();
    const first = turns.take('a', never, handshake('first'), leave);
    const second = turns.take('a', never, handshake('second'), leave);
    const elsewhere = turns.take('b', never, handshake('elsewhere'), leave);
    await tick();
    expect(begun).toEqual(['first', 'elsewhere']);
    end('first');
    expect(await first).toBe('first');
    await tick();
    expect(begun).toEqual(['first', 'elsewhere', 'second']);
    end('second');
    end('elsewhere');
    expect(await Promise.all([second, elsewhere])).toEqual(['second', 'elsewhere']);
  });

  it('goes on after one that failed', async () => {
    const turns = new HandshakeTurns();
    const { handshake, end } = scripted();
    const first = turns.take('a', never, handshake('first'), leave);
    const second = turns.take('a', never, handshake('second'), leave);
    await tick();
    end('first', new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await tick();
    end('second');
    expect(await second).toBe('second');
  });

  it('lets go at once of who is cut off while they wait, and nobody passes the one who is at it', async () => {
    const turns = new HandshakeTurns();
    const { begun, handshake, end } = scripted();
    const cut = new AbortController();
    const first = turns.take('a', never, handshake('first'), leave);
    const second = turns.take('a', cut.signal, handshake('second'), leave);
    const third = turns.take('a', never, handshake('third'), leave);
    cut.abort(new Error('revoked'));
    await expect(second).rejects.toThrow('revoked');
    await tick();
    expect(begun).toEqual(['first']);
    end('first');
    await first;
    await tick();
    expect(begun).toEqual(['first', 'third']);
    end('third');
    await third;
  });

  it('brings to its end what has begun when it is cut off, and leaves it, before the next one begins', async () => {
    const turns = new HandshakeTurns();
    const { begun, handshake, end } = scripted();
    const cut = new AbortController();
    const left: string[] = [];
    const first = turns.take('a', cut.signal, handshake('first'), (made) => left.push(made));
    const second = turns.take('a', never, handshake('second'), leave);
    await tick();
    cut.abort(new Error('revoked'));
    await expect(first).rejects.toThrow('revoked');
    await tick();
    expect([begun, left]).toEqual([['first'], []]);
    end('first');
    await tick();
    expect([begun, left]).toEqual([['first', 'second'], ['first']]);
    end('second');
    expect(await second).toBe('second');
  });

  it('begins nothing for who was cut off before', async () => {
    const { begun, handshake } = scripted();
    const before = AbortSignal.abort(new Error('revoked'));
    await expect(new HandshakeTurns().take('a', before, handshake('first'), leave)).rejects.toThrow(
      'revoked',
    );
    expect(begun).toEqual([]);
  });
});
