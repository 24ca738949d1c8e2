// The peer of the stream bench: guacamole-lite's own server, as it comes, before a session's guacd. Its token is made
// with the key that it is started with.
import Server from 'guacamole-lite';

const [guacd, key] = process.argv.slice(2);
const server = new Server(
  { port: 0, host: '127.0.0.1' },
  { port: guacd, host: undefined },
  { log: { level: 'QUIET' }, crypt: { cypher: 'AES-256-CBC', key }, maxInactivityTime: 0 },
);
server.webSocketServer.on('listening', () => process.send({ port: server.webSocketServer.address().port }));
process.on('disconnect', () => process.exit(0));
