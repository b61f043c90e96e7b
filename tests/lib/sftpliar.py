#!/usr/bin/env python3
"""An SFTP server on its standard input and output that lies.

What is asked of it is answered as the draft wants, but for one lie: that
which the first name of the path tells (/grows/...), or the argument.  Below
each lie lies the same tree of a few files.  sshd runs it as the forced
command of a login.
"""
import os
import struct
import sys

DIR, FILE, LINK = 0o040755, 0o100644, 0o120777
INIT, VERSION, OPEN, CLOSE, READ = 1, 2, 3, 4, 5
LSTAT, FSTAT, OPENDIR, READDIR, STAT, READLINK = 7, 8, 11, 12, 17, 19
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
EOF_, NO_SUCH, DENIED, FAILURE = 1, 2, 3, 4
OLD = 1580608922


def string(b):
    return struct.pack(">I", len(b)) + b


class Liar:
    def __init__(self, mode):
        self.mode, self.root = mode, b""
        self.open, self.next, self.stats = {}, 0, 0
        self.replies = 0
        self.files = {b"one": b"first\n" * 10, b"two": b"second\n" * 2000,
                      b"big": bytes(range(256)) * 4000}

    def say(self, kind, ident, body):
        out = sys.stdout.buffer
        packet = bytes([kind]) + struct.pack(">I", ident) + body
        if self.mode == "length" and self.replies == 3:
            out.write(struct.pack(">I", 0x7fffffff))
        elif self.mode == "cut" and self.replies == 7:
            out.write(string(packet)[:9])
            out.flush()
            sys.exit(0)
        elif self.mode == "unasked" and self.replies == 3:
            out.write(string(bytes([kind]) + struct.pack(">I", 99999) + body))
        out.write(string(packet))
        out.flush()
        self.replies += 1

    def status(self, ident, code):
        self.say(STATUS, ident, struct.pack(">I", code) + string(b"no") +
                 string(b""))

    def attrs(self, mode, size=0, mtime=OLD):
        return struct.pack(">IQIIIII", 0xf, size, 0, 0, mode, mtime, mtime)

    def entries(self, path):
        names = [(n, self.attrs(FILE, len(c)))
                 for n, c in self.files.items()]
        if self.mode == "deep":
            return [(b"d" * 40, self.attrs(DIR)), names[0]]
        if path != self.root:
            return names[:1]
        names.append((b"sub", self.attrs(DIR)))
        lies = {
            "slash": (b"../../etc/shadow", self.attrs(FILE, 3)),
            "nul": (b"a\0b", self.attrs(FILE, 3)),
            "empty": (b"", self.attrs(FILE, 3)),
            "dots": (b"..", self.attrs(DIR)),
            "twice": names[0],
            "long": (b"n" * 300, self.attrs(FILE, 3)),
            "huge": (b"huge", self.attrs(FILE, 1 << 62)),
            "typeless": (b"what", struct.pack(">I", 0)),
            "odd": (b"odd", self.attrs(0o170644)),
            "device": (b"device", self.attrs(0o060644)),
            "fifo": (b"fifo", self.attrs(0o010644)),
            "link": (b"link", self.attrs(LINK, 4)),
            "swapped": (b"swapped", self.attrs(DIR)),
        }
        if self.mode in lies:
            names.append(lies[self.mode])
        return names

    def stat(self, path):
        name = os.path.basename(path)
        if self.mode == "swapped" and name == b"swapped":
            return self.attrs(LINK, 5)
        if name in self.files:
            return self.attrs(FILE, len(self.files[name]))
        if name in (b"huge", b"odd", b"what", b"link", b"n" * 300):
            return self.attrs(FILE, 3)
        return self.attrs(DIR)

    def fstat(self, path):
        name = os.path.basename(path)
        size = len(self.files.get(name, b"abc"))
        self.stats += 1
        if self.mode == "huge" and name == b"huge":
            return self.attrs(FILE, 1 << 62)
        if self.mode == "grows":
            return self.attrs(FILE, size + self.stats)
        if self.mode == "shrinks":
            return self.attrs(FILE, max(size - self.stats, 0))
        if self.mode == "jumps":
            return self.attrs(FILE, size, OLD + self.stats)
        if self.mode == "becomes":
            return self.attrs(DIR, size)
        return self.attrs(FILE, size)

    def readdir(self, ident, handle):
        path, at = self.open[handle]
        if self.mode == "endless":
            names = [(b"%08d" % (at * 1000 + i) + b"x" * 240,
                      self.attrs(FILE, 1)) for i in range(1000)]
        elif self.mode == "again":
            names = [(b"same" + b"y" * 240, self.attrs(FILE, 1))] * 1000
        elif self.mode == "nothing":
            names = []
        elif at > 0:
            return self.status(ident, EOF_)
        else:
            names = self.entries(path)
        self.open[handle] = (path, at + 1)
        body = struct.pack(">I", len(names))
        if self.mode == "count":
            body = struct.pack(">I", 0xffffff)
        self.say(NAME, ident, body + b"".join(
            string(n) + string(b"") + a for n, a in names))

    def read(self, ident, handle, off, want):
        name = os.path.basename(self.open[handle][0])
        data = self.files.get(name, b"abc")[off:off + want]
        if self.mode == "more":
            data += b"z" * (want + 1 - len(data))
        if self.mode == "drops" and data:
            data = data[:max(len(data) // 3, 1)]
        if self.mode == "zero":
            data = b""
            return self.say(DATA, ident, string(data))
        if not data:
            return self.status(ident, EOF_)
        self.say(DATA, ident, string(data))

    def answer(self, kind, ident, body):
        def text(at=0):
            n = struct.unpack_from(">I", body, at)[0]
            return body[at + 4:at + 4 + n], at + 4 + n
        first, at = text()
        if first[:1] == b"/" and self.root == b"":
            self.mode = self.mode or first.split(b"/")[1].decode()
            self.root = b"/" + first.split(b"/")[1] + b"/data"
        if kind in (LSTAT, STAT):
            self.say(ATTRS, ident, self.stat(first))
        elif kind in (OPEN, OPENDIR):
            if self.mode == "denied" and kind == OPEN:
                return self.status(ident, DENIED)
            if self.mode == "full" and kind == OPEN and len(self.open) > 2:
                return self.status(ident, FAILURE)
            self.next += 1
            handle = b"%d" % self.next
            self.open[handle] = (first, 0)
            self.say(HANDLE, ident, string(handle if self.mode != "handle"
                                           else b"h" * 300))
        elif kind == CLOSE:
            self.open.pop(first, None)
            self.status(ident, 0)
        elif kind == READDIR:
            self.readdir(ident, first)
        elif kind == FSTAT:
            self.say(ATTRS, ident, self.fstat(self.open[first][0]))
        elif kind == READ:
            off, want = struct.unpack_from(">QI", body, at)
            self.read(ident, first, off, want)
        elif kind == READLINK:
            self.say(NAME, ident, struct.pack(">I", 1) +
                     string(b"x" * 70000 if self.mode == "link" else b"one") +
                     string(b"") + self.attrs(LINK))
        else:
            sys.stderr.write("not allowed: %d\n" % kind)
            self.status(ident, 8)

    def run(self):
        inp = sys.stdin.buffer
        if self.mode == "greets":
            sys.stdout.buffer.write(b"Welcome to this machine\r\n")
        while True:
            head = inp.read(4)
            if len(head) < 4:
                return
            packet = inp.read(struct.unpack(">I", head)[0])
            if packet[0] == INIT:
                v = 2 if self.mode == "version" else 3
                sys.stdout.buffer.write(string(bytes([VERSION]) +
                                               struct.pack(">I", v)))
                sys.stdout.buffer.flush()
                continue
            ident = struct.unpack_from(">I", packet, 1)[0]
            self.answer(packet[0], ident, packet[5:])


Liar(sys.argv[1] if len(sys.argv) > 1 else "").run()
