/**
 * What somebody who owns a viewer, a display bridge, a browser or an image tries, by number, and the tests that try it.
 * `tests`: files with a part of the names of those of their tests that are meant, by the walls around the viewer.
 * `standard` and `strong` try the same within each; `any` is where the walls around the viewer make no difference, since
 * what is tried is the gateway, the session host or the bridge, whose walls are always the standard ones. `accepted` is
 * what is not prevented, and why. Whatever is here is a row of docs/operating/threats.md.
 */

const HOSTILE = 'libs/hypervisor/src/docker/hostile-guest.int-spec.ts';
const GREEDY = 'libs/hypervisor/src/docker/greedy-guest.int-spec.ts';
const RESULTS = 'libs/session-host/src/results.int-spec.ts';
const BRIDGE = 'libs/session-host/src/compromised-guacd.int-spec.ts';
const MOVED_TAG = 'libs/sessions/src/moved-tag.int-spec.ts';
const OVER = 'test/medium/ended-session.int-spec.ts';
const TAKEN_OVER = 'test/medium/taken-over.int-spec.ts';
const DISPLAY = 'apps/session-gateway/src/display/display.int-spec.ts';
const BROKEN = 'apps/session-gateway/src/display/broken-displays.int-spec.ts';
const SERVER_GUARD = 'apps/session-gateway/src/guacamole/server-guard.spec.ts';
const CLIENT_GUARD = 'apps/session-gateway/src/guacamole/client-guard.spec.ts';

/** The same tests of a file whose tests are run within each of the walls. */
const within = (file, ...parts) => ({
  standard: parts.map((part) => [file, `within standard walls${part}`]),
  strong: parts.map((part) => [file, `within strong walls${part}`]),
});

/** @type {readonly import('./threats.d.mts').Threat[]} */
export const THREATS = [
  {
    id: 'T1',
    threat: 'a viewer sends data away, by TCP, UDP or names',
    tests: within(
      HOSTILE,
      ' reaches nothing, whatever it tries',
      ' gets INET sockets in the loopback variant',
      ' reaches its own loopback in that variant',
    ),
  },
  {
    id: 'T2',
    threat: 'a viewer uses doors of the kernel: other sockets, io_uring, namespaces, mounts, devices, keys',
    tests: within(HOSTILE, ' reaches nothing, whatever it tries'),
  },
  {
    id: 'T3',
    threat: 'a viewer puts a link, a pipe or somebody else’s socket in the place of its display',
    tests: within(
      HOSTILE,
      ' cannot hand us another socket than its own',
      ' that puts a link in the place of its display',
    ),
  },
  {
    id: 'T4',
    threat: 'a viewer writes into the clipboard of whoever looks',
    tests: {
      any: [
        [DISPLAY, 'lets nothing but pictures through from a hostile display'],
        [SERVER_GUARD, 'never passes on what it was not made for'],
      ],
    },
  },
  {
    id: 'T5',
    threat: 'a viewer pushes files or sound to whoever looks',
    tests: {
      any: [
        [SERVER_GUARD, ' back'],
        [SERVER_GUARD, 'never passes on what it was not made for'],
        ['apps/session-gateway/src/display/display.spec.ts', 'builds what guacd is told from the role alone'],
      ],
    },
  },
  {
    id: 'T6',
    threat: 'a viewer or a job leaves links, pipes, holes, bad names and programs among its results',
    tests: {
      ...within(RESULTS, ' fills no more than its folder'),
      any: [['libs/hypervisor/src/jobs/job-runner.int-spec.ts', 'none of the traps in its result folder']],
    },
  },
  {
    id: 'T7',
    threat: 'a viewer hides data in its picture, or in when it changes it',
    tests: {},
    accepted: 'the picture is the product; only those see it whom the patient let in, under their name',
  },
  {
    id: 'T8',
    threat: 'something of a session is left for the next one, or is good for something after its end',
    tests: {
      standard: [
        [HOSTILE, 'within standard walls reaches nothing, whatever it tries'],
        [OVER, 'within standard walls that is over'],
        ['libs/sessions/src/warm/warm-pool.int-spec.ts', 'are handed to nobody else'],
        ['libs/sessions/src/warm/used-once.spec.ts', 'guests that were kept warm'],
      ],
      strong: [
        [HOSTILE, 'within strong walls reaches nothing, whatever it tries'],
        [OVER, 'within strong walls that is over'],
        ['libs/sessions/src/warm/warm-pool.spec.ts', 'keeps none within strong walls'],
      ],
    },
  },
  {
    id: 'T9',
    threat: 'somebody owns a display bridge, and looks for other sessions',
    tests: { any: [[BRIDGE, 'a display bridge that was taken over']] },
  },
  {
    id: 'T10',
    threat: 'a viewer takes all processors, processes, memory, places or logs',
    tests: within(GREEDY, ''),
  },
  {
    id: 'T11',
    threat: 'a viewer sends what the browser of whoever looks has no memory for, or what is no protocol',
    tests: {
      any: [
        [BROKEN, ' harms nobody'],
        [SERVER_GUARD, 'refuses '],
        [SERVER_GUARD, 'keeps only the unfinished instruction'],
      ],
    },
  },
  {
    id: 'T15',
    threat: 'somebody who may only look sends keys, or anybody sends what opens something',
    tests: {
      any: [
        [DISPLAY, 'follows key and mouse of those who steer, and of nobody else'],
        [CLIENT_GUARD, 'lets those who only look answer frames'],
        [CLIENT_GUARD, ' of anybody'],
      ],
    },
  },
  {
    id: 'T28',
    threat: 'an image is exchanged after it was admitted',
    tests: {
      standard: [[MOVED_TAG, 'within standard walls whose tag was moved']],
      strong: [[MOVED_TAG, 'within strong walls whose tag was moved']],
      any: [[TAKEN_OVER, 'can name no image']],
    },
  },
];
