import { posix } from 'node:path';
import Docker from 'dockerode';
import { productVersion } from '@vitrine/kernel';

const engineSocket = process.env['VITRINE_ENGINE_SOCKET'];
const engine = new Docker(engineSocket === undefined ? {} : { socketPath: engineSocket });

export interface Derivation {
  readonly title: string;
  /** `name:tag` of the image to make. */
  readonly reference: string;
  /** The image of ours to start from, without repository and version. */
  readonly from: string;
  /** Text of `viewer.yaml`, put into the label that the admission reads. */
  readonly manifest: string;
  /** Replaces what the image starts with. */
  readonly entrypoint?: readonly string[];
}

const manifest = (id: string, title: string) => `id: ${id}
title: ${title}
sentence: Shows reports and letters in another way.
licence: Apache-2.0
formats: [pdf]
rank: 10
resources: { cpus: 1, memoryMiB: 512, pids: 96, scratchMiB: 128 }
network: none
display: { width: 1280, height: 800 }
`;

/** An honest stranger: the document reader under another name. Each run has its own, since the engine is shared. */
export const READER: Derivation = {
  reference: `vitrine-test/second-reader:${process.pid}`,
  title: 'Second reader',
  from: 'mupdf',
  manifest: manifest('second-reader', 'Second reader'),
};

/** Opens a display, says that it shows something, and shows nothing. */
export const LIAR: Derivation = {
  reference: `vitrine-test/empty-promise:${process.pid}`,
  title: 'Empty promise',
  from: 'mupdf',
  manifest: manifest('empty-promise', 'Empty promise'),
  entrypoint: [
    '/bin/sh',
    '-c',
    [
      'mkdir -p "$HOME" && mkdir -m 1777 /tmp/.X11-unix',
      'Xvnc "$DISPLAY" -geometry 1280x800 -rfbunixpath /run/display/vnc.sock -rfbunixmode 0666 -rfbport -1 -SecurityTypes None -nolisten tcp &',
      'sleep 2; echo showing > /run/display/status; sleep 600',
    ].join('\n'),
  ],
};

/** Makes an image as a stranger would bring it: one of ours with another label or start, and no layer of its own. */
export async function deriveImage({ reference, from, manifest, entrypoint }: Derivation): Promise<void> {
  const [repo, tag = 'latest'] = reference.split(':');
  const parent = posix.join('vitrine', `${from}:${productVersion()}`);
  const container = await engine.createContainer({ Image: parent });
  try {
    const label = Buffer.from(manifest).toString('base64');
    const changes = [`LABEL org.vitrine.contract=1`, `LABEL org.vitrine.manifest=${label}`];
    if (entrypoint) changes.push(`ENTRYPOINT ${JSON.stringify(entrypoint)}`);
    await container.commit({ repo, tag, changes });
  } finally {
    await container.remove({ force: true });
  }
}

/** Takes an image away; it being gone already is what was wanted. */
export async function removeImage(reference: string): Promise<void> {
  await engine
    .getImage(reference)
    .remove({ force: true })
    .catch((error: unknown) => {
      if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    });
}
