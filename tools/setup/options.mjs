import { resolve } from 'node:path';
import { Stop } from './say.mjs';

const TEXT = `Vitrine: look at health records in isolated viewers.

  npm start -- [options]

  --port N          where browsers reach it (default 8080)
  --host ADDRESS    address to listen on (default 127.0.0.1; 0.0.0.0 for every network)
  --public-url URL  how browsers reach it, if through a proxy (default http://localhost:PORT)
  --data DIR        database, vault and unfinished uploads (default ./storage)
  --demo            also make demo people with a synthetic record, and print their one-time passwords
  --verbose         show the log of the server here instead of in DIR/log
  --help            this text

It installs what it needs, finds or starts a container engine, builds the viewer images and the applications, and runs
until Ctrl-C. Everything else is set by environment variables: see docs/reference/settings.md.`;

/** Reads the command line; throws a plain sentence for what is not known. */
export function readOptions(args) {
  const options = { port: 8080, host: '127.0.0.1', data: 'storage', demo: false, verbose: false };
  const rest = [...args];
  const value = (name) => rest.shift() ?? fail(`${name} needs a value.`);
  while (rest.length > 0) {
    const name = rest.shift();
    switch (name) {
      case '--help':
      case '-h':
        return { help: TEXT };
      case '--port':
        options.port = Number(value(name));
        if (!Number.isInteger(options.port) || options.port < 1 || options.port > 65_535)
          fail('--port must be a number from 1 to 65535.');
        break;
      case '--host':
        options.host = value(name);
        break;
      case '--public-url':
        options.publicUrl = value(name);
        if (!/^https?:\/\/[^/]+\/?$/.test(options.publicUrl))
          fail('--public-url must be like https://records.example.org.');
        break;
      case '--data':
        options.data = value(name);
        break;
      case '--demo':
        options.demo = true;
        break;
      case '--verbose':
        options.verbose = true;
        break;
      default:
        fail(`${name} is not an option; \`npm start -- --help\` lists them.`);
    }
  }
  return {
    ...options,
    data: resolve(options.data),
    publicUrl: (options.publicUrl ?? `http://localhost:${options.port}`).replace(/\/$/, ''),
  };
}

const fail = (sentence) => {
  throw new Stop(sentence);
};
