import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { CommandShell } from './command-shell.js';

describe('CommandShell', () => {
  it('hands parameters over as they are, whatever signs are in them', async () => {
    const shell = new CommandShell();
    await shell.run('test "$1" = "$2"', `a'b "$(id)" \\ ; exit 3`, `a'b "$(id)" \\ ; exit 3`);
    await expect(shell.run('test "$1" = x', 'y')).rejects.toThrow('(code 1)');
    await expect(shell.run('true', 'a\nid')).rejects.toThrow(TypeError);
  });

  it('says what the command said, and goes on with the next one', async () => {
    const shell = new CommandShell();
    const failing = shell.run('echo first; echo "$1" >&2; exit 7', 'no such place');
    const fine = shell.run('true');
    await expect(failing).rejects.toThrow(/first no such place.*\(code 7\)/);
    await fine;
  });

  it('starts anew after it was killed', async () => {
    const shell = new CommandShell();
    await expect(shell.run('kill -9 $$; sleep 1')).rejects.toThrow('The shell for commands ended.');
    await shell.run('true');
  });

  it('keeps no process alive, and leaves none behind', () => {
    const module = new URL('./command-shell.ts', import.meta.url).href;
    const program = `
      await import('#typescript');
      const { CommandShell } = await import(${JSON.stringify(module)});
      await new CommandShell().run('true');
    `;
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 9_000, stdio: 'pipe' });
  });
});
