import { describe, expect, it } from '@jest/globals';
import { CommandLines, LineTooLong } from './command-lines.js';

const of = (...chunks: (string | Buffer)[]) => {
  const lines = new CommandLines();
  return chunks.flatMap((chunk) => lines.push(Buffer.from(chunk)));
};

describe('lines of a control connection', () => {
  it('are put together from pieces and taken apart again', () => {
    expect(of('US', 'ER a b\r', '\nnoop\r\nSTOR x', '\n')).toEqual([
      { verb: 'USER', argument: 'a b' },
      { verb: 'NOOP', argument: '' },
      { verb: 'STOR', argument: 'x' },
    ]);
  });

  it('may begin with the signs by which Telnet is interrupted', () => {
    expect(of(Buffer.from('fff4fff241424f520d0a', 'hex'))).toEqual([{ verb: 'ABOR', argument: '' }]);
  });

  it('are UTF-8, or else Latin-1', () => {
    expect(of('STOR ü\r\n', Buffer.from('STOR \xfc\r\n', 'latin1'))).toEqual([
      { verb: 'STOR', argument: 'ü' },
      { verb: 'STOR', argument: 'ü' },
    ]);
  });

  it.each(['', ' ', 'X', 'TOOLONG x', 'ST\0R', '__proto__'])('without a command have no verb: %j', (line) => {
    expect(of(`${line}\r\n`)).toEqual([{ verb: '', argument: '' }]);
  });

  it('are not kept when they are too long', () => {
    expect(() => of('x'.repeat(3000))).toThrow(LineTooLong);
    expect(() => of(`STOR ${'x'.repeat(3000)}\r\n`)).toThrow(LineTooLong);
  });
});
