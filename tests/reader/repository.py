"""repository.py: a repository opened with a key; its objects and chunks."""

import hashlib
import os
import subprocess
import tempfile
from collections import OrderedDict, namedtuple

import shapes
from crypto import Forged, ed25519_verify, xchacha_open
from shapes import Cursor, Malformed, check

Snapshot = namedtuple("Snapshot", "name id links job")
HOST_SLOT, RECOVERY_SLOT = 2, 3


def blake2b(key, data, **more):
    return hashlib.blake2b(data, digest_size=32, key=key, **more).digest()


PHRASE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def phrase_decode(text):
    """The 32 bytes of a recovery key as it is written on paper."""
    plain = text.upper().translate(str.maketrans("OIL", "011", "- \t"))
    check(len(plain) == 66 and all(c in PHRASE for c in plain),
          "not a recovery key")
    values = [PHRASE.index(c) for c in plain]
    bits = 0
    for group in range(11):
        of_group = values[6 * group:6 * group + 6]
        rest = group + 1
        for value in of_group:
            rest <<= 1
            rest = (rest ^ 0x25 if rest & 0x20 else rest) ^ value
        if rest:
            raise Forged("recovery key: group %d is wrong" % (group + 1))
        for value in of_group[:5]:
            bits = bits << 5 | value
    key = (bits >> 19).to_bytes(32, "big")
    sum_ = hashlib.blake2b(b"kho phrase 1" + key, digest_size=32).digest()
    if bits & 0x7FFFF != int.from_bytes(sum_[:3], "big") >> 5:
        raise Forged("recovery key: is wrong as a whole")
    return key


def read_key(path):
    """(kind of slot, token, repository or None) of a file with a key."""
    with open(path, encoding="ascii") as f:
        lines = f.read().split("\n")
    if lines[0] != "KHO-HOST-KEY-1":
        return RECOVERY_SLOT, phrase_decode("".join(lines)), None
    values = dict(line.split(" ", 1) for line in lines[1:] if line)
    return HOST_SLOT, bytes.fromhex(values["host"]), \
        bytes.fromhex(values["repository"])


def unpack(packed, base):
    """What zstd(1) makes of a frame, with base as its prefix if given."""
    command = ["zstd", "-dcq"]
    with tempfile.NamedTemporaryFile() as prefix:
        if base is not None:
            prefix.write(base)
            prefix.flush()
            command.append("--patch-from=" + prefix.name)
        done = subprocess.run(command, input=packed, stdout=subprocess.PIPE)
    if done.returncode:
        raise Forged("zstd cannot unpack a frame")
    return done.stdout


class Repository:
    def __init__(self, path, key_path):
        self.path = path
        self.frames = OrderedDict()	# a few opened ones
        self.open_config()
        self.open_master(*read_key(key_path))
        self.epochs = dict(self.epoch(n) for n in self.names("keys/epochs"))
        self.signers = dict(self.signer(n) for n in self.names("keys/signers"))
        self.index = None

    # ---- objects ----

    def names(self, under):
        """The objects whose names begin with under/, sorted."""
        found = []
        for where, _, files in os.walk(os.path.join(self.path, under)):
            found += [os.path.relpath(os.path.join(where, f), self.path)
                      for f in files]
        return sorted(found)

    def bytes(self, name):
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()

    def hashed(self, name):
        """The bytes of an object whose name is their hash."""
        data = self.bytes(name)
        if hashlib.sha256(data).hexdigest() != name.rsplit("/", 1)[1]:
            raise Forged("%s: is not what its name says" % name)
        return data

    def object(self, name, kind, get=None):
        """A cursor behind the head, and the head."""
        c = Cursor((get or self.bytes)(name))
        if shapes.head(c, kind) != self.id:
            raise Forged("%s: belongs to another repository" % name)
        return c, c.data[:24]

    def box(self, key, sealed, head, number=0):
        if len(sealed) < 40:
            raise Malformed("box is too short")
        return xchacha_open(key, sealed[:24], sealed[24:],
                            head + bytes([number]))

    def whole_box(self, name, kind, key, get=None):
        """The plaintext of an object that is a head and one box."""
        c, head = self.object(name, kind, get)
        return self.box(key, c.raw(c.left()), head)

    # ---- keys ----

    def open_config(self):
        for name in ("config", "config.2", "config.3"):
            try:
                data = self.bytes(name)
            except FileNotFoundError:
                continue
            if hashlib.sha256(data[:-32]).digest() == data[-32:]:
                break
        else:
            raise Forged("no copy of the config is whole")
        c = Cursor(data)
        self.id = shapes.head(c, shapes.CONFIG)
        self.created = c.i64()
        (self.chunk_min, self.chunk_avg, self.chunk_max, self.frame_max,
         self.pack_max) = c.many(5, c.u32)
        self.config_maced, self.config_mac = data[:c.at], c.raw(32)
        c.raw(32)
        c.end()

    def subkey(self, number):
        """libsodium's crypto_kdf, whose number is little-endian."""
        return blake2b(self.master, b"", person=b"khorepo1",
                       salt=number.to_bytes(8, "little"))

    def open_master(self, kind, token, repository):
        if repository not in (None, self.id):
            raise Forged("the key is of another repository")
        for name in self.names("keys/slots"):
            try:
                self.master = self.slot(name, kind, token)
                break
            except Forged:
                pass
        else:
            raise Forged("the key opens no slot")
        self.metadata = self.subkey(3)
        if blake2b(self.subkey(4), self.config_maced) != self.config_mac:
            raise Forged("config: forged")

    def slot(self, name, kind, token):
        c, head = self.object(name, shapes.SLOT, self.hashed)
        found = c.u8()
        check(1 <= found <= 3, "slot of kind %d" % found)
        check(len(c.text().encode()) <= 64, "label is too long")
        c.i64()
        salt, ops, memory = c.raw(16), c.u64(), c.u64()
        if found != kind:
            raise Forged("slot of another kind")
        check(ops == 0 and memory == 0, "passes for a slot without passphrase")
        use = b"kho host slot" if kind == HOST_SLOT else b"kho recovery slot"
        return self.box(blake2b(token, use + salt), c.raw(c.left()), head)

    def epoch(self, name):
        c, head = self.object(name, shapes.EPOCH, self.hashed)
        number, _, _ = c.raw(16), c.i64(), c.raw(32)
        return number, self.box(self.subkey(5), c.raw(c.left()), head)

    def signer(self, name):
        c = Cursor(self.whole_box(name, shapes.SIGNER, self.metadata,
                                  self.hashed))
        public, _, label = c.raw(32), c.i64(), c.text()
        c.end()
        return public, label

    def source(self, host, name):
        return blake2b(self.subkey(6), host.encode() + b"\0" +
                       name.encode())[:16]

    def frame_key(self, epoch, frame):
        return blake2b(self.epochs[epoch], b"kho frame key 1" + frame)

    # ---- packs and index ----

    def footer(self, pack):
        """(head, bytes of frames, footer) of a pack, all of it checked."""
        name = "packs/%s/%s" % (pack.hex()[:2], pack.hex())
        c, head = self.object(name, shapes.PACK, self.hashed)
        data = c.data
        check(data[-4:] == b"KHOF", "pack without its last bytes")
        end = len(data) - 8
        start = end - int.from_bytes(data[-8:-4], "big")
        check(start >= 24, "footer longer than its pack")
        return data, start, shapes.footer(self.box(self.metadata,
                                                   data[start:end], head))

    def frame(self, pack, offset, base=None):
        """The raw bytes of a frame; a delta's with the bytes of its base."""
        if (pack, offset) in self.frames:
            self.frames.move_to_end((pack, offset))
            return self.frames[pack, offset]
        name = "packs/%s/%s" % (pack.hex()[:2], pack.hex())
        c, _ = self.object(name, shapes.PACK)
        c.at = offset
        head = shapes.frame_head(c)
        raw = xchacha_open(self.frame_key(head.epoch, head.frame), head.frame,
                           c.raw(head.stored), self.id +
                           c.data[offset:offset + 52])
        check((head.kind == 2) == (base is not None), "delta without a base")
        if head.kind > 0:
            raw = unpack(raw, base)
        check(len(raw) == head.raw, "frame of another length")
        self.frames[pack, offset] = raw
        if len(self.frames) > 8:
            self.frames.popitem(last=False)
        return raw

    def run(self, name):
        """(head box, records) of one index object."""
        c, head = self.object(name, shapes.INDEX, self.hashed)
        top = shapes.index_head(self.box(self.metadata, c.raw(c.u32()), head))
        records = []
        for number, block in enumerate(top.blocks):
            found = shapes.index_block(
                self.box(self.metadata, c.raw(block.stored), head, 1),
                number, top.frames)
            check(found and found[0].id[:8] == block.first,
                  "block begins with another id")
            records += found
        c.end()
        check(len(records) == top.records, "records missing")
        check([(r.id, r.depth) for r in records] ==
              sorted((r.id, r.depth) for r in records), "records unsorted")
        return top, records

    def load_index(self):
        runs = {bytes.fromhex(name[6:]): self.run(name)
                for name in self.names("index")}
        gone = {h for top, _ in runs.values() for h in top.supersedes}
        self.index = {}
        for name in runs.keys() - gone:
            top, records = runs[name]
            for r in records:
                f = top.frames[r.frame]
                known = self.index.get(r.id)
                if known is None or r.depth < known[2].depth:
                    self.index[r.id] = (top.packs[f.pack], f.offset, r)

    def chunk(self, number, depth=33):
        """The bytes of a chunk, which are what its id says, from its
        shallowest instance, which is to be less deep than depth."""
        if self.index is None:
            self.load_index()
        check(number in self.index, "a chunk that is not stored")
        pack, offset, r = self.index[number]
        check(r.depth < depth, "a base that is as deep as its delta")
        raw = self.frame(pack, offset, self.base(r))
        check(r.offset + r.length <= len(raw), "chunk out of its frame")
        data = raw[r.offset:r.offset + r.length]
        if self.chunk_id(data) != number:
            raise Forged("chunk %s: is not what its id says" % number.hex())
        return data

    def base(self, r):
        """The bytes that a record, or a chunk of a footer, builds on."""
        return self.chunk(r.base, r.depth) if r.depth else None

    def chunk_id(self, data):
        return blake2b(self.subkey(1), hashlib.sha256(data).digest())

    # ---- snapshots, lists ----

    def snapshots(self):
        return [self.snapshot(n) for n in self.names("snapshots")]

    def snapshot(self, name):
        c, head = self.object(name, shapes.SNAPSHOT)
        epoch, frame = c.raw(16), c.raw(24)
        links = shapes.links(self.box(self.metadata, c.raw(c.u32()), head))
        record = xchacha_open(self.frame_key(epoch, frame), frame,
                              c.raw(c.u32()), head + b"\1")
        signed = c.data[:c.at]
        signature = c.raw(64)
        c.end()
        if links.signer not in self.signers:
            raise Forged("%s: signed by nobody we know" % name)
        ed25519_verify(links.signer, signed, signature)
        job = shapes.record(record)
        if name != "snapshots/%s/%010d" % (links.source.hex(), links.seq) or \
           links.source != self.source(job.host, job.set):
            raise Forged("%s: is another snapshot" % name)
        check([entry.subtree for _, entry in job.roots] == links.roots,
              "open half and record name different roots")
        return Snapshot(name, hashlib.sha256(c.data).hexdigest(), links, job)

    def nodes(self, root, what):
        """(id, items of level 0 or None) of each node of a list."""
        todo = [(root.id, root.level)] if root else []
        while todo:
            number, level = todo.pop()
            items = shapes.node(self.chunk(number), level, what)
            if level:
                todo += [(i.id, level - 1) for i in reversed(items)]
            yield number, None if level else items

    def items(self, root, what):
        for _, items in self.nodes(root, what):
            yield from items or ()

    def content(self, entry):
        """The content items of a file."""
        return entry.inline or list(self.items(entry.content, shapes.CONTENT))

    # ---- refs ----

    def needed(self, refs):
        """{id: references} of a refs object and what it builds on."""
        total, chain = {}, None
        while any(refs):
            name = "refs/" + refs.hex()
            c, head = self.object(name, shapes.REFS, self.hashed)
            refs, length, records = shapes.refs_head(
                self.box(self.metadata, c.raw(c.u32()), head))
            check(length <= 32 and chain in (None, length + 1),
                  "chain out of shape")
            chain, number = length, 0
            check(bool(any(refs)) == (length > 0), "chain out of shape")
            while c.left():
                changes = shapes.refs_block(
                    self.box(self.metadata, c.raw(c.u32()), head, 1), number)
                number += 1
                records -= len(changes)
                for chunk, change in changes:
                    total[chunk] = total.get(chunk, 0) + change
            check(records == 0, "records missing")
        return {chunk: n for chunk, n in total.items() if n}
