import { describe, expect, it } from '@jest/globals';
import { ClientGuard } from './client-guard.js';
import { MalformedStream } from './instruction-scanner.js';
import { instruction } from './instruction.js';

const read = (control: 'view' | 'control', ...parts: string[]) => {
  const guard = new ClientGuard(control);
  const message = guard.read(Buffer.from(parts.join('')));
  return {
    ...message,
    text: Buffer.concat(message.forward).toString('utf8'),
    dropped: guard.dropped,
  };
};
const KEY = instruction('key', 97, 1);
const MOUSE = instruction('mouse', 10, 20, 1);
const SYNC = instruction('sync', 1234);

describe('ClientGuard', () => {
  it('lets those who steer use key and mouse', () => {
    expect(read('control', KEY, MOUSE, SYNC)).toMatchObject({
      text: KEY + MOUSE + SYNC,
      input: true,
      dropped: 0,
    });
  });

  it('lets those who only look answer frames, and nothing else', () => {
    const message = read('view', KEY, MOUSE, SYNC, instruction('size', 800, 600), instruction('nop'));
    expect(message).toMatchObject({
      text: SYNC + instruction('nop'),
      input: false,
      size: undefined,
      dropped: 3,
    });
  });

  it.each([
    'clipboard',
    'blob',
    'end',
    'ack',
    'file',
    'pipe',
    'argv',
    'audio',
    'put',
    'get',
    'select',
    'connect',
    'touch',
    'vitrine',
  ])('drops %s of anybody', (opcode) => {
    expect(read('control', instruction(opcode, 0, 'x'))).toMatchObject({ text: '', dropped: 1 });
  });

  it('drops key and mouse with arguments out of bounds', () => {
    expect(
      read('control', instruction('key', -1, 1), instruction('mouse', 'a', 1, 1), instruction('key', 1)),
    ).toMatchObject({
      text: '',
      dropped: 3,
      input: false,
    });
  });

  it('asks for a size without telling guacd', () => {
    expect(read('control', instruction('size', 800, 600))).toMatchObject({
      text: '',
      size: { width: 800, height: 600 },
    });
  });

  it('echoes the tunnel ping', () => {
    const ping = instruction('', 'ping', 1_700_000_000_000);
    expect(Buffer.concat(read('view', ping).echo as Buffer[]).toString()).toBe(ping);
    expect(read('view', instruction('', 'pong', 1)).echo).toEqual([]);
  });

  it.each(['', '4.sync', 'hello', '4.sync,', '-1.x;', '9.sync;', '4.sync,4.1234;4.s', '\u0000', '1.😀'])(
    'refuses what is not the protocol: %j',
    (text) => {
      if (text === '') expect(read('view', text).text).toBe('');
      else expect(() => read('control', text)).toThrow(MalformedStream);
    },
  );

  it('counts characters, not bytes or halves of them', () => {
    expect(read('control', instruction('clipboard', '😀ü日'), SYNC).text).toBe(SYNC);
  });
});
