import { BuildError, run } from './process.mjs';

const ANSWER_MS = 15_000;
const BUILD_MS = 45 * 60_000;
const HEARTBEAT_MS = 15_000;

/** Finds a container engine that answers, Docker before Podman. `DOCKER_HOST` works as their own tools define it. */
export async function findEngine() {
  let silent;
  for (const program of ['docker', 'podman']) {
    const answer = await run(program, ['version', '--format', '{{.Server.Version}}'], {
      timeoutMs: ANSWER_MS,
    });
    if (answer.code === 0) return engine(program);
    if (answer.code !== 127) silent = program;
  }
  if (silent) {
    throw new BuildError(`${silent} is installed but its engine does not answer: start it and try again.`);
  }
  throw new BuildError(
    'No container engine was found: install docker.io (apt-get install docker.io) or podman.',
  );
}

function engine(program) {
  const env = program === 'docker' ? { DOCKER_BUILDKIT: '0' } : {};
  const call = (args, options = {}) => run(program, args, { env, ...options });
  return {
    program,

    /** Map of reference → what the engine says of it, for those that it holds. */
    async inspect(references) {
      const found = new Map();
      const unique = [...new Set(references)];
      // One call for all: the tool prints those that exist and complains of the others.
      const answer = await call(['image', 'inspect', ...unique], { timeoutMs: ANSWER_MS });
      for (const image of JSON.parse(answer.stdout.trim() || '[]')) {
        for (const reference of unique) {
          const tags = image.RepoTags ?? [];
          if (tags.some((tag) => tag === reference || tag.endsWith(`/${reference}`)))
            found.set(reference, image);
        }
      }
      return found;
    },

    async pull(reference, timeoutMs) {
      return (await call(['pull', '--quiet', reference], { timeoutMs })).code === 0;
    },

    async tag(from, reference) {
      const answer = await call(['tag', from, reference], { timeoutMs: ANSWER_MS });
      if (answer.code !== 0) throw new BuildError(`${from} could not be called ${reference}.`, answer.tail);
    },

    /** Makes an image of a root file system that comes as a tar stream. */
    async import(stdin, reference, changes) {
      const flags = changes.flatMap((change) => ['--change', change]);
      const answer = await call(['import', ...flags, '-', reference], { stdin });
      if (answer.code !== 0)
        throw new BuildError(`The image ${reference} could not be imported.`, answer.tail);
    },

    /** Copies what an image holds at `path` into a folder. */
    async copyOut(reference, path, folder) {
      const made = await call(['create', '--network', 'none', reference, 'true'], { timeoutMs: ANSWER_MS });
      const id = made.stdout.trim().split('\n').pop();
      const copied = made.code === 0 ? await call(['cp', `${id}:${path}`, folder]) : made;
      if (made.code === 0) await call(['rm', id]);
      if (copied.code !== 0)
        throw new BuildError(`What ${reference} holds could not be taken out.`, copied.tail);
    },

    /** Runs one program of an image over one file, `/input`, with nothing else to see, to write to or to reach. */
    async runSealed({ name, image, seccomp, file, command: [program, ...words], timeoutMs }) {
      const walls = ['--network', 'none', '--read-only', '--cap-drop', 'ALL', '--user', '1000:1000'];
      const flags = ['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${seccomp}`];
      const limits = ['--memory', '1g', '--memory-swap', '1g', '--pids-limit', '64', '--ulimit', 'core=0'];
      const mount = ['--mount', `type=bind,src=${file},dst=/input,readonly`];
      const all = ['--name', name, ...walls, ...flags, ...limits, ...mount, '--entrypoint', program];
      try {
        return await call(['run', '--rm', ...all, image, ...words], { timeoutMs });
      } finally {
        // One that took too long is still there.
        await call(['rm', '--force', name], { timeoutMs: ANSWER_MS });
      }
    },

    /** Builds with the engine's classic builder and the host's network, which needs no registry and no bridge. */
    async build({ context, reference, labels, args, noCache, onStep }) {
      const flags = ['build', '--network', 'host', '--tag', reference];
      if (noCache) flags.push('--no-cache');
      for (const [name, value] of Object.entries(labels)) flags.push('--label', `${name}=${value}`);
      for (const [name, value] of Object.entries(args)) flags.push('--build-arg', `${name}=${value}`);
      const started = Date.now();
      let step = '';
      const heartbeat = setInterval(() => {
        onStep(`still at ${step || 'the first step'} (${Math.round((Date.now() - started) / 1000)} s)`);
      }, HEARTBEAT_MS);
      const onLine = (line) => {
        const match = /^step (\d+\/\d+) ?: (.*)$/i.exec(line);
        if (!match) return;
        step = `step ${match[1]}`;
        onStep(`${step}: ${match[2].slice(0, 90)}`);
      };
      try {
        const answer = await call([...flags, context], { onLine, timeoutMs: BUILD_MS });
        if (answer.code !== 0)
          throw new BuildError(`The image ${reference} could not be built.`, answer.tail);
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}
