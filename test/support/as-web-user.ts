import { spawnSync } from 'node:child_process';
import { WEB_USER } from './stack.js';

/** Runs one line as the web user would; the code of what it failed with, or DONE. */
export function asWebUser(line: string): string {
  const program = `
    import fs from 'node:fs';
    import net from 'node:net';
    import { spawnSync } from 'node:child_process';
    const connect = (path) => new Promise((resolve, reject) => net.connect(path, resolve).once('error', reject));
    const run = (...command) => {
      const { status, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
      if (status !== 0) throw Object.assign(new Error(stderr), { code: 'refused: ' + stderr.trim().split('\\n')[0] });
    };
    try { ${line}; console.log('DONE'); } catch (error) { console.log(error.code ?? String(error)); }
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    ...WEB_USER,
    cwd: '/',
    encoding: 'utf8',
  });
  return stdout.trim() || stderr;
}
