#!/usr/bin/env python3
"""make-protocol.py DIRECTORY: one message of each type, as doc/protocol.md
says, written without any code of Kho: to DIRECTORY/protocol-v1 those that it
always had, to DIRECTORY/protocol-v1-deltas those of deltas, to
DIRECTORY/protocol-v1-hooks those of hooks and load."""

import os
import sys


def varint(v):
    out = b""
    while v >= 0x80:
        out, v = out + bytes([v & 0x7f | 0x80]), v >> 7
    return out + bytes([v])


def u8(v):
    return bytes([v])


def u32(v):
    return v.to_bytes(4, "big")


def u64(v):
    return v.to_bytes(8, "big")


def i64(v):
    return v.to_bytes(8, "big", signed=True)


def data(v):
    return varint(len(v)) + v


def many(*v):
    return varint(len(v)) + b"".join(v)


def maybe_digest(v):
    return u8(1) + v if v else u8(0)


DIGEST = bytes(range(16))
SHA256 = bytes(range(100, 132))
AGENTS_DIR = 1 << 63
XATTRS = many(data(b"user.a") + data(b"\0\xff"))
KNOWS_NOTHING = u8(2) + varint(0)
# mode, owner, size, mtime, its ns, ctime, dev and inode, links
OF_FILE = u8(1) + varint(0xff) + varint(0o4755) + varint(1000) + \
    varint(4294967295) + varint(2 ** 64 - 1) + i64(-1) + u32(999999999) + \
    i64(2 ** 40) + u32(1) + varint(66306) + varint(2 ** 63) + varint(3)
OF_DEVICE = u8(6) + varint(1 | 256) + varint(0o600) + varint(5) + varint(300)
OF_DIRECTORY = u8(2) + varint(1 | 2) + varint(0o1777) + varint(0) + varint(100)


def entry(name, flags, attributes, target=None, xattrs=b"", of_dir=b""):
    return data(name) + varint(flags) + attributes + \
        (data(target) if target else b"") + data(xattrs) + of_dir


MESSAGES = {
    "hello": (0x01, varint(0)),
    "start": (0x02, varint(3) + varint(3) + varint(2) + u32(65536) +
              u32(262144) + u32(1048576) + bytes(range(32)) + u32(1048576) +
              many(data(b"/"), data(b"/a b\xff")) + many(data(b"*.o"))),
    "digest": (0x03, varint(1023)),
    "list": (0x04, u64(AGENTS_DIR - 1) + varint(5) + varint(1) +
             data(b"a/b")),
    "want": (0x05, u64(9) + varint(300) +
             many(varint(0), varint(1), varint(6), varint(4088))),
    "next": (0x06, u64(77)),
    "need": (0x07, u64(1) + data(b"\x05\x80")),
    "ping": (0x08, b""),
    "bye": (0x09, b""),
    "agent-hello": (0x81, varint(0) + data(b"kho 0.1.0") + data(b"Linux") +
                    data(b"host-01") + i64(1700000000) + varint(65534)),
    "root": (0x82, varint(2) + u8(0) + OF_DIRECTORY + data(XATTRS) +
             data(b"") + maybe_digest(DIGEST)),
    "root-denied": (0x82, varint(3) + u8(5) + KNOWS_NOTHING + data(b"") +
                    data(b"") + maybe_digest(None)),
    "page": (0x83, u64(1) + varint(200) + varint(1) + many(
        entry(b"a", 2, OF_DIRECTORY,
              of_dir=u64(AGENTS_DIR) + maybe_digest(DIGEST)),
        entry(b"a\xff", 4, OF_FILE, xattrs=XATTRS),
        entry(b"b", 0, u8(3) + varint(0), target=b"../x"),
        entry(b"c", 1, OF_DEVICE))),
    "dirend": (0x84, u64(AGENTS_DIR) + u8(6) + maybe_digest(None)),
    "chunks": (0x85, u64(128) + many(
        u8(1) + u64(4) + varint(1) + varint(2),
        u8(3) + varint(1 << 44),
        u8(2) + varint(70000) + SHA256,
        u8(4) + u8(4) + varint(4) + OF_FILE)),
    "frame": (0x86, u64(128) + u8(0) + varint(4) + data(b"\x01") +
              data(b"da\0\xff")),
    "issue": (0x87, u8(8) + varint(5) + varint(1) + data(b"a/\x01") +
              data(b"read: Input/output error")),
    "done": (0x88, varint(1) + varint(1 << 31) + varint(3) + varint(4000)),
    "error": (0x89, u8(14) + data(b"WANT of no page")),
}

# Magic, block length, strong length; a weak and a strong sum for each block.
SIGNATURE = b"rs\x01G" + u32(2048) + u32(8) + \
    bytes(range(12)) + bytes(range(244, 256))

DELTAS = {
    "signature": (0x0a, u64(128) + varint(4095) + data(SIGNATURE)),
    "again": (0x0b, u64(128) + data(b"\x04\x80")),
    "delta": (0x8a, u64(128) + u8(0) + varint(200) + many(
        varint(0) + varint(5), varint(1) + varint(45),
        varint(300) + varint(150)) + data(b"rs\x026" * 50)),
    "delta-none": (0x8a, u64(1) + u8(0) + varint(0) + many() + data(b"")),
    "packed": (0x8b, u8(0x85) + varint(524288) +
               data(b"\x28\xb5\x2f\xfd\xa0")),
    "basis": (0x40, u64(128) + varint(4095) + varint(70000) + varint(1024) +
              data(b"o\0l\xffd")),
    "patched": (0xc0, u64(128) + many(
        varint(0) + u8(1), varint(300) + u8(0)) + data(b"whole\0")),
    "patched-none": (0xc0, u64(1) + many() + data(b"")),
    "pace": (0xc1, varint(125000000) + varint(2 ** 64 - 1)),
}

HOOKS = {
    "hook": (0x0c, u8(1) + varint(1800) + data(b"0-Db_dump.sh") +
             data(b"documents")),
    "hook-last": (0x0c, u8(3) + varint(604800) + data(b"a" * 64) +
                  data(b"b")),
    "halt": (0x0d, b""),
    "load": (0x0e, varint(19) + u8(2)),
    "hooked": (0x8c, u8(0) + varint(255) + varint(2 ** 40) +
               data(b"disk full\n\0\xff")),
    "hooked-refused": (0x8c, u8(4) + varint(0) + varint(0) +
                       data(b"x is not allowed on this host")),
}


def write(directory, messages):
    os.makedirs(directory)
    for name, (kind, body) in messages.items():
        with open(os.path.join(directory, name + ".bin"), "xb") as f:
            f.write(u32(1 + len(body)) + u8(kind) + body)


write(os.path.join(sys.argv[1], "protocol-v1"), MESSAGES)
write(os.path.join(sys.argv[1], "protocol-v1-deltas"), DELTAS)
write(os.path.join(sys.argv[1], "protocol-v1-hooks"), HOOKS)
