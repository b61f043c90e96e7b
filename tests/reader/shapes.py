"""shapes.py: the plaintexts of doc/format.md, decoded to the last byte."""

from collections import namedtuple


class Malformed(Exception):
    """What is not in the shape that the document gives it."""


class Cursor:
    """Reads the document's primitive types from bytes, in order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def raw(self, n):
        if n > self.left():
            raise Malformed("ends too early")
        self.at += n
        return self.data[self.at - n:self.at]

    def u8(self):
        return self.raw(1)[0]

    def u16(self):
        return int.from_bytes(self.raw(2), "big")

    def u32(self):
        return int.from_bytes(self.raw(4), "big")

    def u64(self):
        return int.from_bytes(self.raw(8), "big")

    def i32(self):
        return int.from_bytes(self.raw(4), "big", signed=True)

    def i64(self):
        return int.from_bytes(self.raw(8), "big", signed=True)

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                break
            shift += 7
        if (byte == 0 and shift) or value >= 1 << 64:
            raise Malformed("varint not in its shortest form")
        return value

    def bytes(self):
        return self.raw(self.varint())

    def text(self):
        try:
            return self.bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("text is not UTF-8") from None

    def many(self, count, read):
        return [read() for _ in range(count)]

    def hashes(self):
        return self.many(self.varint(), lambda: self.raw(32))

    def end(self):
        if self.left():
            raise Malformed("%d bytes too many" % self.left())


def check(holds, what):
    if not holds:
        raise Malformed(what)


# ---- section 1: head ------------------------------------------------------

CONFIG, SLOT, EPOCH, SIGNER, PACK, INDEX, REFS, SNAPSHOT, WRITER, \
    CHECKPOINT, END = range(1, 12)


def head(c, kind):
    """The repository's id; c is left behind the head."""
    check(c.raw(4) == b"KHO1", "not an object of Kho")
    version = c.u8()
    check(version == 1, "version %d is not known" % version)
    found = c.u8()
    check(found == kind, "type %d where %d belongs" % (found, kind))
    check(c.u16() == 0, "reserved bytes are set")
    return c.raw(16)


# ---- section 4: frames and footers ----------------------------------------

FrameHead = namedtuple("FrameHead", "kind klass stored raw epoch frame")
Frame = namedtuple("Frame", "offset stored raw kind klass chunks")
Chunk = namedtuple("Chunk", "id offset length depth base")


def frame_head(c):
    kind, klass = c.u8(), c.u8()
    check(kind <= 2, "frame of kind %d" % kind)
    check(klass <= 1, "frame of class %d" % klass)
    check(c.u16() == 0, "reserved bytes are set")
    h = FrameHead(kind, klass, c.u32(), c.u32(), c.raw(16), c.raw(24))
    check(h.raw <= 2 << 20, "frame of %d raw bytes" % h.raw)
    return h


def chunk_base(c):
    depth = c.u8()
    check(depth <= 32, "delta of depth %d" % depth)
    return depth, c.raw(32) if depth else None


def delta_check(frame, chunk):
    """A delta, and nothing else, is in a frame of its own."""
    delta = frame.kind == 2
    check(delta == (chunk.depth > 0), "depth and kind of frame differ")
    check(not delta or (frame.klass, chunk.offset, chunk.length) ==
          (0, 0, frame.raw), "delta that does not fill its frame")
    check(chunk.base != chunk.id, "delta against itself")


def footer(data):
    c = Cursor(data)

    def chunk():
        return Chunk(c.raw(32), c.varint(), c.varint(), *chunk_base(c))

    def frame():
        offset, stored, raw = c.varint(), c.varint(), c.varint()
        kind, klass, n = c.u8(), c.u8(), c.varint()
        f = Frame(offset, stored, raw, kind, klass, c.many(n, chunk))
        check(kind != 2 or n == 1, "%d chunks in a delta's frame" % n)
        for found in f.chunks:
            delta_check(f, found)
        return f

    frames = c.many(c.varint(), frame)
    c.end()
    return frames


# ---- section 5: index -----------------------------------------------------

IndexHead = namedtuple("IndexHead", "supersedes packs frames records blocks")
IndexFrame = namedtuple("IndexFrame", "pack offset stored raw kind klass")
Block = namedtuple("Block", "first stored")
Record = namedtuple("Record", "id frame offset length depth base")


def index_head(data):
    c = Cursor(data)
    supersedes, packs = c.hashes(), c.hashes()
    frames = c.many(c.varint(), lambda: IndexFrame(
        c.varint(), c.varint(), c.varint(), c.varint(), c.u8(), c.u8()))
    records = c.u64()
    blocks = c.many(c.varint(), lambda: Block(c.raw(8), c.varint()))
    c.end()
    check(all(f.pack < len(packs) for f in frames), "frame in no pack")
    return IndexHead(supersedes, packs, frames, records, blocks)


def index_block(data, number, frames):
    """The records; frames are those of the head."""
    check(len(data) <= 64 << 10, "block is too long")
    c = Cursor(data)
    check(c.u32() == number, "block out of place")
    records = c.many(c.varint(), lambda: Record(
        c.raw(32), c.varint(), c.varint(), c.varint(), *chunk_base(c)))
    c.end()
    check(all(r.frame < len(frames) for r in records), "record in no frame")
    for r in records:
        delta_check(frames[r.frame], r)
    return records


# ---- section 6: trees -----------------------------------------------------

ENTRIES, CONTENT = 1, 2
FILE, DIRECTORY, SYMLINK, FIFO, SOCKET, CHARDEV, BLOCKDEV = range(1, 8)

Root = namedtuple("Root", "id level")
Child = namedtuple("Child", "id items bytes key")
Item = namedtuple("Item", "length id")		# id None: a hole
Entry = namedtuple("Entry", "name attr flags target content inline subtree "
                            "xattrs digest")


def root(c):
    r = Root(c.raw(32), c.u8())
    check(r.level <= 15, "list of level %d" % r.level)
    return r


def item(c):
    v = c.varint()
    return Item(v >> 1, None if v & 1 else c.raw(32))


def attributes(c):
    a = {"type": c.u8()}
    check(FILE <= a["type"] <= BLOCKDEV, "entry of type %d" % a["type"])
    have = c.varint()
    check(have < 512, "attributes that are not known")
    for bit, names, read in (
            (1, "mode", c.varint), (2, "uid gid", c.varint),
            (4, "size", c.varint), (8, "mtime", c.i64),
            (16, "mtime_ns", c.u32), (32, "ctime", c.i64),
            (32, "ctime_ns", c.u32), (64, "dev inode", c.varint),
            (128, "links", c.varint), (256, "major minor", c.varint)):
        for name in names.split() if have & bit else ():
            a[name] = read()
    check(a.get("mode", 0) <= 0o7777, "mode out of range")
    return a


def entry(c):
    name, attr, flags, extra = c.bytes(), attributes(c), c.varint(), c.varint()
    check(1 <= len(name) <= 255, "name of %d bytes" % len(name))
    check(flags < 8, "flags that are not known")
    check(extra < 64, "extras that are not known")
    target = c.bytes() if extra & 1 else None
    content = root(c) if extra & 2 else None
    inline = None
    if extra & 4:
        n = c.varint()
        check(1 <= n <= 4, "%d items inline" % n)
        inline = c.many(n, lambda: item(c))
    subtree = None
    if extra & 8:
        n = c.varint()
        check(n <= 1, "%d subtrees" % n)
        subtree = root(c) if n else None
    xattrs = c.raw(32) if extra & 16 else None
    digest = c.raw(16) if extra & 32 else None
    return Entry(name, attr, flags, target, content, inline, subtree, xattrs,
                 digest)


def node(data, level, what):
    """The items of a node: entries, content items or children."""
    c = Cursor(data)
    check(len(data) <= 1 << 20, "node is too long")
    check(c.u8() == level, "node of another level")
    check(c.u8() == what, "node of another list")
    n = c.varint()
    if level:
        items = c.many(n, lambda: Child(c.raw(32), c.u64(), c.u64(),
                                        c.bytes()))
    elif what == ENTRIES:
        items = c.many(n, lambda: entry(c))
    else:
        items = c.many(n, lambda: item(c))
    c.end()
    return items


def xattrs(data):
    c = Cursor(data)
    pairs = c.many(c.varint(), lambda: (c.bytes(), c.bytes()))
    c.end()
    check(pairs == sorted(pairs), "extended attributes out of order")
    return pairs


# ---- sections 7 to 9: refs, snapshots, writers ----------------------------

Links = namedtuple("Links", "source seq previous signer signer_seq "
                            "signer_previous writer refs heads roots")
Job = namedtuple("Job", "host set started ended source_time job agent outcome "
                        "files directories others bytes new_bytes issues "
                        "roots")


def refs_head(data):
    c = Cursor(data)
    values = c.raw(32), c.varint(), c.u64()
    c.end()
    return values


def refs_block(data, number):
    check(len(data) <= 64 << 10, "block is too long")
    c = Cursor(data)
    check(c.u32() == number, "block out of place")
    changes = c.many(c.varint(), lambda: (c.raw(32), c.i32()))
    c.end()
    check(all(change for _, change in changes), "change of 0")
    return changes


def links(data):
    c = Cursor(data)

    def maybe_root():
        r = c.raw(33)
        return Root(r[:32], r[32]) if any(r) else None

    v = Links(c.raw(16), c.u64(), c.raw(32), c.raw(32), c.u64(), c.raw(32),
              c.text(), c.raw(32),
              c.many(c.varint(), lambda: (c.raw(32), c.u64(), c.raw(32))),
              c.many(c.varint(), maybe_root))
    c.end()
    return v


def record(data):
    c = Cursor(data)
    v = Job(c.text(), c.text(), c.i64(), c.i64(), c.i64(), c.text(), c.text(),
            c.u8(), c.u64(), c.u64(), c.u64(), c.u64(), c.u64(), c.u64(),
            c.many(c.varint(), lambda: (c.bytes(), entry(c))))
    c.end()
    check(v.outcome in (0, 3), "outcome %d" % v.outcome)
    return v


def writer(data):
    c = Cursor(data)
    v = c.raw(16), c.u64(), c.raw(32), c.i64(), c.text(), c.text(), c.u64()
    c.end()
    return v


def checkpoint(data, number):
    c = Cursor(data)
    check(c.u32() == number, "checkpoint out of place")
    v = c.hashes()
    c.end()
    return v


def writer_end(data):
    c = Cursor(data)
    v = c.u8(), c.i64()
    c.end()
    check(v[0] <= 2, "end of outcome %d" % v[0])
    return v
