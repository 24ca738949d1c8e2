import { spawn } from 'node:child_process';
import { Stop } from './say.mjs';

const KEPT_LINES = 60;

/**
 * Runs a program to its end. Its output goes line by line to `note`; when it fails, the last lines are shown with the
 * sentence that says what could not be done.
 */
export function run(command, args, { note = () => {}, failure, env, timeoutMs = 30 * 60_000, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    });
    const lines = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let rest = '';
    const read = (chunk) => {
      const parts = (rest + chunk).split(/\r?\n|\r/);
      rest = parts.pop() ?? '';
      for (const line of parts.filter((part) => part.trim() !== '')) {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        note(line);
      }
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Stop(`${failure ?? `${command} could not be started`}: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (rest.trim() !== '') lines.push(rest);
      if (code === 0) resolve(lines.join('\n'));
      else
        reject(
          new Stop(
            `${failure ?? `${command} failed`}. Its last words:\n${lines.map((line) => `    ${line}`).join('\n')}`,
          ),
        );
    });
  });
}
