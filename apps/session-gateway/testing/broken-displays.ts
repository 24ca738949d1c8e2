/** An RFB server (RFC 6143) in the guest that says hello as it should, and then does this. */
const display = (act: string): string => `exec python3 -u -c '
import socket, struct, os, threading, time
FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
def begin(c):
    c.sendall(b"RFB 003.008\\n"); c.recv(12); c.sendall(bytes([1, 1])); c.recv(1); c.sendall(struct.pack(">I", 0)); c.recv(1)
def hello(c, width=64, height=64, length=7, name=b"display"):
    begin(c); c.sendall(struct.pack(">HH", width, height) + FORMAT + struct.pack(">I", length) + name)
def rectangle(x, y, width, height, encoding=0):
    return b"\\0\\0" + struct.pack(">H", 1) + struct.pack(">HHHHi", x, y, width, height, encoding)
def picture(c):
    c.sendall(rectangle(0, 0, 64, 64) + os.urandom(64 * 64 * 4))
def flood(c, block=bytes(65536)):
    for _ in range(20000): c.sendall(block)
def serve(c):
    try:
        ${act}
        time.sleep(60)
    except OSError: pass
s = socket.socket(socket.AF_UNIX); s.bind("/run/display/vnc.sock"); os.chmod("/run/display/vnc.sock", 0o666); s.listen(8)
while True:
    c, _ = s.accept(); threading.Thread(target=serve, args=(c,), daemon=True).start()'`;

/** What a display can say to break who listens, as programs for the test guest. */
export const BROKEN_DISPLAYS: Readonly<Record<string, string>> = {
  'says nothing': display('pass'),
  'speaks another protocol': display('c.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n"); flood(c)'),
  'has 65535 by 65535 pixels': display('hello(c, 65535, 65535); flood(c)'),
  'grows to 65535 by 65535 pixels': display(
    'hello(c); picture(c); c.sendall(rectangle(0, 0, 65535, 65535, -223)); flood(c)',
  ),
  'has a name of four gigabytes': display('hello(c, 64, 64, 0xffffffff, b""); flood(c)'),
  'has a clipboard of four gigabytes': display(
    'hello(c); picture(c); c.sendall(b"\\x03\\0\\0\\0" + struct.pack(">I", 0xfffffff0)); flood(c)',
  ),
  'paints outside of its screen': display(
    'hello(c); picture(c); c.sendall(rectangle(60, 60, 64, 64) + os.urandom(64 * 64 * 4)); picture(c)',
  ),
  'paints more than there is memory for': display(
    'hello(c); picture(c); c.sendall(rectangle(0, 0, 65535, 65535)); flood(c)',
  ),
  'has a pointer of 65535 by 65535 pixels': display(
    'hello(c); picture(c); c.sendall(rectangle(0, 0, 65535, 65535, -239)); flood(c)',
  ),
  'sends noise for messages': display('hello(c); picture(c); flood(c, os.urandom(65536))'),
  'stops in the middle of a picture': display('hello(c); c.sendall(rectangle(0, 0, 64, 64) + bytes(5000))'),
  'rings without end': display('hello(c); picture(c); flood(c, b"\\x02" * 65536)'),
};
