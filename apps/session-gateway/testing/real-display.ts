import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@vitrine/kernel';
import { GUACD_LIMITS } from '@vitrine/session-host';
import type { sessionEndpoints } from '@vitrine/sessions';

const run = promisify(execFile);
const IMAGES = { base: 'vitrine/base', guacd: 'vitrine/guacd' } as const;
const READY_MS = 15_000;
const DISPLAY = `mkdir -p -m 1777 /tmp/.X11-unix; Xvnc :1 -geometry 800x600 -depth 24 -rfbunixpath /run/display/vnc.sock \
-rfbunixmode 0666 -rfbport -1 -SecurityTypes None -AlwaysShared -AcceptSetDesktopSize -nolisten tcp -s 0 & `;

/** The newest local image of that name, or undefined with the reason printed: a test is then skipped, never silently. */
export async function findImage(name: keyof typeof IMAGES): Promise<string | undefined> {
  try {
    const { stdout } = await run('docker', ['image', 'ls', '--format', '{{.ID}}', IMAGES[name]]);
    const [id] = stdout.split('\n');
    if (id) return id;
    console.warn(`skipped: the image ${IMAGES[name]} is not built (node vm-images/build.mjs base guacd)`);
  } catch {
    console.warn('skipped: the container engine does not answer');
  }
  return undefined;
}

/** A program for the test guest: what it shows and how it answers to input. */
export const SCENES = {
  /** A blue screen that turns red at a key and green at a click. */
  colours: `${DISPLAY} exec python3 -u -c '
import tkinter, time
for _ in range(200):
    try: root = tkinter.Tk(); break
    except tkinter.TclError: time.sleep(0.02)
root.overrideredirect(True); root.geometry("4096x4096+0+0"); root.configure(bg="#0000ff")
root.bind_all("<Key>", lambda e: root.configure(bg="#ff0000"))
root.bind_all("<Button>", lambda e: root.configure(bg="#00ff00"))
root.after(50, root.focus_force); root.mainloop()'`,
  /** Noise that changes as fast as it can: as much data as a display ever makes. */
  noise: `${DISPLAY} exec python3 -u -c '
import tkinter, time, os
for _ in range(200):
    try: root = tkinter.Tk(); break
    except tkinter.TclError: time.sleep(0.02)
root.overrideredirect(True); root.geometry("800x600+0+0")
label = tkinter.Label(root, bd=0); label.pack()
def step():
    label.image = tkinter.PhotoImage(data=b"P6 800 600 255 " + os.urandom(800*600*3), format="ppm")
    label.configure(image=label.image); root.after(30, step)
step(); root.mainloop()'`,
  /** A display that was taken over: sends clipboard after clipboard, a strange name, and a screen of noise. */
  hostile: `exec python3 -u -c '
import socket, struct, os, threading
s = socket.socket(socket.AF_UNIX); s.bind("/run/display/vnc.sock"); os.chmod("/run/display/vnc.sock", 0o666); s.listen(8)
def serve(c):
    try:
        c.sendall(b"RFB 003.008\\n"); c.recv(12); c.sendall(bytes([1,1])); c.recv(1); c.sendall(struct.pack(">I",0)); c.recv(1)
        name = "Jane D\\u00f6e \\U0001F600".encode()
        c.sendall(struct.pack(">HH",64,64)+struct.pack(">BBBBHHHBBBxxx",32,24,0,1,255,255,255,16,8,0)+struct.pack(">I",len(name))+name)
        c.settimeout(0.1)
        for i in range(200):
            try: c.recv(4096)
            except socket.timeout: pass
            text = b"HEALTH-DATA #%d" % i
            c.sendall(b"\\x03\\0\\0\\0"+struct.pack(">I",len(text))+text)
            c.sendall(b"\\0\\0"+struct.pack(">H",1)+struct.pack(">HHHHi",0,0,64,64,0)+os.urandom(64*64*4))
    except OSError: pass
while True:
    c, _ = s.accept(); threading.Thread(target=serve, args=(c,), daemon=True).start()'`,
} as const;

/** A display and a guacd in containers without network, with their sockets where a session's are. */
export class RealDisplay {
  private readonly names: string[] = [];

  static async start(
    endpoints: ReturnType<typeof sessionEndpoints>,
    images: { readonly base: string; readonly guacd: string },
    script: string,
  ): Promise<RealDisplay> {
    const display = dirname(endpoints.display.hostPath);
    const guacd = dirname(endpoints.guacd.hostPath);
    for (const folder of [display, guacd]) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, endpoints.display.ownerUid, endpoints.display.ownerUid);
    }
    const guests = new RealDisplay();
    await Promise.all([
      guests.run(images.base, [`${display}:/run/display`], script),
      guests.run(images.guacd, [`${display}:/run/display:ro`, `${guacd}:/run/guacd`]),
    ]);
    await Promise.all([answers(endpoints.display.hostPath), answers(endpoints.guacd.hostPath)]);
    return guests;
  }

  async stop(): Promise<void> {
    await Promise.all(this.names.map((name) => run('docker', ['rm', '-f', name]).catch(() => undefined)));
  }

  /** Ends the bridge but not the display. */
  async killGuacd(): Promise<void> {
    await run('docker', ['kill', this.names[1] ?? '']);
  }

  /** How many processes and threads the bridge has, and its memory. */
  async bridgeCosts(): Promise<{ readonly tasks: number; readonly residentMiB: number }> {
    const { stdout } = await run('docker', ['top', this.names[1] ?? '', '-eo', 'pid,nlwp,rss']);
    const rows = stdout.trim().split('\n').slice(1);
    const sum = (column: number) =>
      rows.reduce((all, row) => all + Number(row.trim().split(/\s+/)[column]), 0);
    return { tasks: sum(1), residentMiB: Math.round(sum(2) / 1024) };
  }

  private async run(image: string, volumes: readonly string[], script?: string): Promise<void> {
    const name = `vitrine-gateway-test-${newId().slice(0, 12)}`;
    this.names[script === undefined ? 1 : 0] = name;
    await run('docker', [
      'run',
      '--detach',
      '--rm',
      `--name=${name}`,
      '--label=vitrine-gateway-test',
      '--network=none',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--log-driver=none',
      '--user=1000:1000',
      '--tmpfs=/tmp:mode=1777',
      '--env=HOME=/tmp',
      '--env=DISPLAY=:1',
      ...(script === undefined
        ? [
            `--memory=${GUACD_LIMITS.memoryMiB}m`,
            `--pids-limit=${GUACD_LIMITS.pids}`,
            `--cpus=${GUACD_LIMITS.cpus}`,
          ]
        : ['--memory=512m']),
      ...volumes.map((volume) => `--volume=${volume}`),
      ...(script === undefined ? [image] : ['--entrypoint=/bin/sh', image, '-c', script]),
    ]);
  }
}

async function answers(path: string): Promise<void> {
  for (const end = Date.now() + READY_MS; Date.now() < end; await new Promise((go) => setTimeout(go, 50))) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => resolve(true)).on('error', () => resolve(false));
      setTimeout(() => socket.destroy(), 20);
    });
    if (up) return;
  }
  throw new Error(`nothing answers at ${path}`);
}

/** Resident memory of this process in MiB. */
export const residentMiB = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
