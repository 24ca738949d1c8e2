import '@swc-node/register/esm-register';
const { RemoteSessionHost } = await import('@vitrine/session-host');
const { newId } = await import('@vitrine/kernel');
const host = new RemoteSessionHost(process.argv[2]); await host.whenThere(3000);
const signal = AbortSignal.timeout(60000);
for (const [name, ask] of [['plan', (id) => host.plan(id, {signal})], ['isLaidOut', (id) => host.isLaidOut(id, {signal})], ['word', (id) => host.word(id, {signal})], ['list (engine)', () => host.list({signal})]]) {
  const t = []; for (let i = 0; i < (name[0]==='l'?30:500); i++) { const b = performance.now(); await ask(newId()); t.push(performance.now() - b); }
  t.sort((a,b)=>a-b); console.log(name, 'p50', t[t.length>>1].toFixed(2), 'p95', t[Math.floor(t.length*.95)].toFixed(2), 'max', t.at(-1).toFixed(1), 'ms');
}
process.exit(0);
