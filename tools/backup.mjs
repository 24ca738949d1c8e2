/** `npm run backup -- TARGET_DIR` and `npm run restore -- SOURCE_DIR`: docs/operating/backup.md. */
import '#typescript';

const { backupCommand, restoreCommand } = await import('../libs/backup/src/index.ts');
const [name, ...args] = process.argv.slice(2);
const command = name === 'restore' ? restoreCommand : backupCommand;
process.exitCode = await command(args, process.env, (line) => process.stdout.write(`${line}\n`));
