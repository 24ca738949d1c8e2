/** `npm run verify-acts`: docs/operating/record-of-acts.md. */
import '#typescript';

const { verifyActsCommand } = await import('../apps/control-plane/src/audit/verify-acts.command.ts');
process.exitCode = await verifyActsCommand(process.argv.slice(2), process.env, (line) =>
  process.stdout.write(`${line}\n`),
);
