import { parseDocument } from 'yaml';
import { Problem } from '@vitrine/kernel';
import type { ViewerNetwork, ViewerResources } from './image-contract.js';

/** What an image says of itself in `viewer.yaml`, checked. */
export interface ViewerManifest {
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  readonly licence: string;
  readonly formats: readonly string[];
  readonly rank: number;
  readonly resources: ViewerResources;
  readonly network: ViewerNetwork;
  /** It has use for a folder for results, where an admin allows it one. */
  readonly results: boolean;
  readonly display: { readonly width: number; readonly height: number };
  /** Its sessions end after so many at the latest; undefined for the usual time. */
  readonly maximumMinutes: number | undefined;
}

const MAXIMUM_BYTES = 16 * 1024;

/**
 * Reads the manifest from the image's label (`viewer.yaml` in base64). The image is a stranger's: every field is
 * bounded, an unknown field is a mistake, and YAML's aliases and tags are not followed.
 *
 * @throws Problem `viewers.not-a-viewer` that names the first fault.
 */
export function readManifestLabel(label: string | undefined): ViewerManifest {
  // An empty one says “not a viewer”, since a child image would otherwise inherit its parent's.
  if (label === undefined || label === '')
    throw fault('it has no manifest in its label org.vitrine.manifest');
  if (label.length > (MAXIMUM_BYTES * 4) / 3) throw fault('its manifest is larger than 16 KiB');
  return readManifest(Buffer.from(label, 'base64').toString('utf8'));
}

/** As `readManifestLabel`, from the text itself. */
export function readManifest(untrustedText: string): ViewerManifest {
  const document = parseDocument(untrustedText, { schema: 'core', uniqueKeys: true });
  if (document.errors.length > 0) throw fault('its manifest is not YAML');
  let untrusted: unknown;
  try {
    untrusted = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw fault('its manifest uses aliases');
  }
  const fields = new Fields(untrusted, 'manifest', KNOWN);
  const manifest = {
    id: fields.text('id', 32, /^[a-z][a-z0-9-]*$/),
    title: fields.text('title', 80),
    sentence: fields.text('sentence', 200),
    licence: fields.text('licence', 80),
    formats: fields.words('formats'),
    rank: fields.number('rank', 0, 1000, 0),
    resources: resources(fields.nested('resources', ['cpus', 'memoryMiB', 'pids', 'scratchMiB'])),
    network: network(fields.text('network', 16, undefined, 'none')),
    results: fields.flag('results', false),
    display: display(fields.nested('display', ['width', 'height'])),
    maximumMinutes: fields.has('maximumMinutes') ? fields.number('maximumMinutes', 5, 1440) : undefined,
  };
  return manifest;
}

// `command` is the image's own business: its entrypoint reads it from the file in the image.
const KNOWN = [
  'id',
  'title',
  'sentence',
  'licence',
  'formats',
  'rank',
  'resources',
  'network',
  'results',
  'display',
  'maximumMinutes',
  'command',
];

const resources = (fields: Fields): ViewerResources => ({
  cpus: fields.number('cpus', 0.1, 16, 1, false),
  memoryMiB: fields.number('memoryMiB', 32, 16_384),
  pids: fields.number('pids', 8, 4096, 256),
  scratchMiB: fields.number('scratchMiB', 4, 8192, 64),
});

const display = (fields: Fields) => ({
  width: fields.number('width', 320, 3840, 1280),
  height: fields.number('height', 240, 2160, 800),
});

function network(text: string): ViewerNetwork {
  if (text === 'none' || text === 'loopback') return text;
  throw fault('network must be none or loopback');
}

/** What the image of a manifest runs, as far as it is a plain list of words; its launcher reads the file itself. */
export function commandOf(label: string | undefined): readonly string[] | undefined {
  readManifestLabel(label);
  const { command } = parseDocument(Buffer.from(label ?? '', 'base64').toString('utf8')).toJS({
    maxAliasCount: 0,
  }) as { command?: unknown };
  return Array.isArray(command) && command.every((word) => typeof word === 'string') ? command : undefined;
}

class Fields {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(untrusted: unknown, name: string, known: readonly string[]) {
    if (typeof untrusted !== 'object' || untrusted === null || Array.isArray(untrusted))
      throw fault(`${name} must be a mapping`);
    this.values = untrusted as Record<string, unknown>;
    const stranger = Object.keys(this.values).find((key) => !known.includes(key));
    if (stranger !== undefined) throw fault(`its ${name} has the unknown field ${stranger.slice(0, 40)}`);
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string, longest: number, pattern = /^[^\p{Cc}]+$/u, fallback?: string): string {
    const value = this.values[name] ?? fallback;
    if (typeof value !== 'string' || value.length > longest || !pattern.test(value))
      throw fault(`${name} must be a text of at most ${longest} characters`);
    return value;
  }

  words(name: string): string[] {
    const value = this.values[name];
    const fits = (word: unknown): word is string =>
      typeof word === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(word);
    if (!Array.isArray(value) || value.length === 0 || value.length > 32 || !value.every(fits))
      throw fault(`${name} must be a list of 1 to 32 words`);
    return [...new Set(value)];
  }

  number(name: string, least: number, most: number, fallback?: number, whole = true): number {
    const value = this.values[name] ?? fallback;
    if (
      typeof value !== 'number' ||
      (whole && !Number.isInteger(value)) ||
      !(value >= least && value <= most)
    )
      throw fault(`${name} must be a number from ${least} to ${most}`);
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.values[name] ?? fallback;
    if (typeof value !== 'boolean') throw fault(`${name} must be true or false`);
    return value;
  }

  nested(name: string, known: readonly string[]): Fields {
    return new Fields(this.values[name] ?? {}, name, known);
  }
}

const fault = (what: string): Problem =>
  new Problem('viewers.not-a-viewer', { message: `This image cannot be used as a viewer: ${what}.` });
