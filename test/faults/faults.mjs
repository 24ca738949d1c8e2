/**
 * What is broken on purpose, by number, and the tests that do it: `tests` are files with a part of the names of those of
 * their tests that are meant; without one, all of a file. `open` is what of it no test makes, and why.
 *
 * @typedef {object} Fault
 * @property {string} id
 * @property {string} fault
 * @property {string} invariant
 * @property {readonly (readonly [string, string?])[]} tests
 * @property {readonly string[]} [open]
 *
 * @type {readonly Fault[]}
 */
export const FAULTS = [
  {
    id: 'F1',
    fault: 'the control plane, the session host or the gateway is killed at each step of a launch',
    invariant: 'the launch goes on or ends; no guest, mount or folder is left',
    tests: [
      ['test/e2e/recovery.e2e-spec.ts', 'when the control plane is killed'],
      ['test/e2e/recovery.e2e-spec.ts', 'when the session host is killed'],
      ['test/faults/processes.faults-spec.ts', 'F1:'],
      ['libs/sessions/src/session.int-spec.ts', 'when it was killed'],
    ],
  },
  {
    id: 'F2',
    fault:
      'it is killed while a session ends, and the next one during its first sweep; or the session host is',
    invariant: 'the session ends; nothing is left',
    tests: [['test/faults/processes.faults-spec.ts', 'F2:']],
  },
  {
    id: 'F3',
    fault: 'it is killed during 16 starts at once',
    invariant: 'every session is ready, over or in line; two guests for each that is ready',
    tests: [['test/faults/processes.faults-spec.ts', 'F3:']],
  },
  {
    id: 'F4',
    fault:
      'control plane and gateway are restarted under a live session, or started a second time beside themselves',
    invariant:
      'no stream is cut by the one; the same screen comes back after the other; the second ones end by themselves',
    tests: [
      ['test/e2e/recovery.e2e-spec.ts', 'beside the one that runs'],
      ['test/faults/processes.faults-spec.ts', 'F4:'],
      ['test/e2e/recovery.e2e-spec.ts', 'while the control plane is dead'],
    ],
  },
  {
    id: 'F5',
    fault: 'guacd is killed',
    invariant: 'the same screen comes back within 3 s',
    tests: [
      ['test/e2e/recovery.e2e-spec.ts', 'when guacd dies'],
      ['test/faults/processes.faults-spec.ts', 'F5:'],
    ],
  },
  {
    id: 'F6',
    fault: 'guacd is frozen',
    invariant: 'it is found by its protocol and replaced; other streams go on',
    tests: [['test/e2e/recovery.e2e-spec.ts', 'when guacd is frozen']],
  },
  {
    id: 'F7',
    fault: 'a viewer is frozen',
    invariant: 'it is found by its protocol and ended with a plain reason; it can be stopped before',
    tests: [['test/e2e/recovery.e2e-spec.ts', 'viewer is frozen']],
  },
  {
    id: 'F8',
    fault: 'a guest does not end when asked',
    invariant: 'it is killed at the end of its grace',
    tests: [['libs/hypervisor/src/docker/docker.contract.int-spec.ts', 'kills a guest that does not end']],
    open: ['a guest that SIGKILL does not end: no kernel makes one on demand'],
  },
  {
    id: 'F9',
    fault: 'a viewer dies, also because it has used up its memory',
    invariant:
      'the session fails with a plain reason; nothing is left, nothing is started again, and others go on',
    tests: [
      ['test/e2e/recovery.e2e-spec.ts', 'when the viewer dies'],
      ['libs/sessions/src/reconciler.spec.ts', 'used up its memory'],
      ['test/faults/memory.faults-spec.ts', 'F9:'],
    ],
  },
  {
    id: 'F10',
    fault: 'the engine is killed, with live-restore',
    invariant: 'no stream is cut; afterwards nothing is there twice and nothing is left',
    tests: [['test/faults/engine-killed.faults-spec.ts']],
  },
  {
    id: 'F11',
    fault: 'the engine is away, also at the start, or hangs',
    invariant: 'everything else answers; sessions go on, and new ones open when it is back',
    tests: [
      ['test/faults/engine.faults-spec.ts', 'F11:'],
      ['test/e2e/errors.e2e-spec.ts', 'works without the engine'],
      ['test/e2e/no-engine.e2e-spec.ts'],
    ],
  },
  {
    id: 'F12',
    fault: 'the engine does what it was asked and its answer is lost',
    invariant: 'one guest, not two and not none',
    tests: [['test/faults/engine.faults-spec.ts', 'F12:']],
  },
  {
    id: 'F13',
    fault: 'the power fails during uploads, at every door',
    invariant: 'what was acknowledged is there and whole; nothing is there by half',
    tests: [
      ['libs/vault/src/power-loss.int-spec.ts'],
      ['libs/exchange/src/power-loss.int-spec.ts'],
      ['apps/control-plane/src/operating/power-loss.int-spec.ts'],
    ],
  },
  {
    id: 'F14',
    fault: 'the power fails while links are made, used and ended',
    invariant:
      'each act that was acknowledged is there with its line, and no act without its line; the database is sound',
    tests: [['apps/control-plane/src/operating/power-loss-acts.int-spec.ts']],
  },
  {
    id: 'F15',
    fault: 'the disk is full',
    invariant: 'said in one sentence; nothing is lost; deleting still works; it recovers by itself',
    tests: [
      ['apps/control-plane/src/operating/disk-full.int-spec.ts'],
      ['test/e2e/errors.e2e-spec.ts', 'when the disk is full'],
    ],
  },
  {
    id: 'F16',
    fault: 'the disk of the database is full, or that of files which are too large for memory',
    invariant: 'no session begins by half; those that run go on; they begin again when there is room',
    tests: [['test/faults/disk.faults-spec.ts', 'F16:']],
  },
  {
    id: 'F17',
    fault: 'an upload is dropped at 1, 50 and 99 %, and taken up by two at once',
    invariant: 'one file, and whole, or none; nothing of it is left',
    tests: [['test/faults/uploads.faults-spec.ts', 'F17:']],
  },
  {
    id: 'F18',
    fault: 'two providers send other files of the same name; one file comes twice at once',
    invariant: 'both are there as they were; the one is there once',
    tests: [['test/faults/uploads.faults-spec.ts', 'F18:']],
  },
  {
    id: 'F19',
    fault: 'another process holds the write lock of the database',
    invariant: 'writes wait without blocking anything else',
    tests: [['libs/persistence/src/transactor.spec.ts', 'holds the write lock']],
  },
  {
    id: 'F20',
    fault: 'stored bits are flipped, cut, swapped or moved',
    invariant: 'refused; found by the check and named',
    tests: [['libs/vault/src/sealed.blob-store.spec.ts'], ['libs/vault/src/blob-checks.service.spec.ts']],
  },
  {
    id: 'F21',
    fault:
      'the record of acts is changed: by statements with the key of the database, and in its file without; or an older database is put back',
    invariant:
      'refused, or found with the place; a changed file is not shown as if it were whole; nothing is begun with an older one',
    tests: [
      ['test/faults/database.faults-spec.ts'],
      ['libs/audit/src/audit.service.spec.ts', 'is refused'],
      ['libs/audit/src/checkpoints.service.spec.ts'],
    ],
    open: ['what was written in the ten seconds before is signed by nobody yet'],
  },
  {
    id: 'F22',
    fault: 'a link is revoked while it is used to join, 10,000 times in one process and 10,000 times in two',
    invariant: 'nobody is connected after the revocation was answered',
    tests: [
      ['apps/session-gateway/src/display/revoke-race.spec.ts'],
      ['test/faults/revoke-race.faults-spec.ts', 'F22:'],
    ],
  },
  {
    id: 'F23',
    fault: 'the clock is set by ten days, forward and back, and summer time begins',
    invariant: 'no expired link opens; no session gets more time; the record of acts keeps its order',
    tests: [
      ['libs/audit/src/audit.service.spec.ts', 'set back'],
      ['libs/kernel/src/clock.spec.ts'],
      ['test/faults/clock.faults-spec.ts'],
    ],
  },
  {
    id: 'F24',
    fault: 'everything is killed at once, as by a reboot',
    invariant:
      'no plain byte is on the disk; no session is shown as running; nothing of one is left; links still open',
    tests: [['test/e2e/at-rest.e2e-spec.ts'], ['test/faults/reboot.faults-spec.ts']],
    open: [
      'the kernel itself goes on: guests, mounts and the run folder are taken away as a reboot takes them',
    ],
  },
  {
    id: 'F25',
    fault: 'the key is missing or another',
    invariant: 'nothing is opened, and nothing written',
    tests: [['libs/vault/src/keys/unlock.spec.ts']],
  },
  {
    id: 'F26',
    fault: 'strangers come with thousands of sockets full of garbage, or with a byte now and then on each',
    invariant: 'the process lives, a live session is not delayed, and nobody is kept out',
    tests: [
      ['apps/session-gateway/src/display/garbage.spec.ts'],
      ['apps/session-gateway/src/front/slow-strangers.spec.ts'],
      ['apps/session-gateway/src/front/prompt-bodies.spec.ts'],
    ],
  },
  {
    id: 'F27',
    fault: 'a process has no descriptor left, or the disk no inode',
    invariant: 'live streams go on; nothing is there by half; people get in again when there is room',
    tests: [
      ['test/faults/limits.faults-spec.ts', 'F27:'],
      ['test/faults/disk.faults-spec.ts', 'F27:'],
    ],
    open: [
      'process ids: the kernel counts them for each user, and other installations of the test run as the same one',
      'ports: the product opens none but those that it listens on',
    ],
  },
  {
    id: 'F28',
    fault: '16 viewers, 8 uploads and 50 people at once, for three minutes; for ten with VITRINE_LOAD=long',
    invariant: 'no error, no lost or foreign byte, no process that keeps growing, and nothing is left',
    tests: [['test/faults/load.faults-spec.ts', 'F28:']],
  },
];
