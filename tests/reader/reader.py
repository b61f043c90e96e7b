#!/usr/bin/env python3
"""reader.py: read a repository of Kho, as doc/format.md says and no more.

usage: reader.py REPOSITORY KEY-FILE list
       reader.py REPOSITORY KEY-FILE check
       reader.py REPOSITORY KEY-FILE extract SNAPSHOT DIRECTORY

Shares no code with Kho: if both agree, the document tells the truth.  KEY-FILE
is a server's key file or holds a recovery key.  A SNAPSHOT is the beginning
of an id.  Exit status 1 says what was wrong.  Needs zstd(1) and Python 3.
"""

import os
import re
import sys
from collections import Counter

import shapes
from crypto import Forged
from repository import Repository
from shapes import Malformed, check


# ---- list -----------------------------------------------------------------

def list_snapshots(repo):
    for s in repo.snapshots():
        print(s.id, s.links.seq, s.job.host, s.job.set,
              "incomplete" if s.job.outcome else "complete", s.job.files,
              s.job.directories, s.job.others, s.job.bytes)


# ---- check ----------------------------------------------------------------

def check_packs(repo):
    """Every chunk that a footer names, and the index against the footers."""
    named, packs = set(), [bytes.fromhex(name.rsplit("/", 1)[1])
                           for name in repo.names("packs")]
    footers = [repo.footer(pack) for pack in packs]
    repo.load_index()
    for pack, (data, end, frames) in zip(packs, footers):
        at = 24
        for frame in frames:
            check(frame.offset == at, "frames are not back to back")
            at += frame.stored
            base = repo.base(frame.chunks[0]) if frame.kind == 2 else None
            raw = repo.frame(pack, frame.offset, base)
            head = shapes.frame_head(shapes.Cursor(data[frame.offset:]))
            check((head.stored + 52, head.raw, head.kind, head.klass) ==
                  (frame.stored, frame.raw, frame.kind, frame.klass),
                  "footer and frame differ")
            for c in frame.chunks:
                if repo.chunk_id(raw[c.offset:c.offset + c.length]) != c.id:
                    raise Forged("chunk %s: is not what its id says" %
                                 c.id.hex())
                named.add((c, pack, frame.offset))
        check(at == end, "bytes between the frames and the footer")
    for pack, offset, r in repo.index.values():
        c = shapes.Chunk(r.id, r.offset, r.length, r.depth, r.base)
        check((c, pack, offset) in named,
              "index names what no footer does")


def count_entry(repo, entry, count, total):
    """Count what one entry and all below it refer to."""
    if entry.xattrs:
        count[entry.xattrs] += 1
        shapes.xattrs(repo.chunk(entry.xattrs))
    for number, _ in repo.nodes(entry.content, shapes.CONTENT):
        count[number] += 1
    if entry.attr["type"] == shapes.FILE:
        items = repo.content(entry)
        count.update(i.id for i in items if i.id)
        size = sum(i.length for i in items)
        check(entry.flags & 2 or size == entry.attr["size"],
              "content is not as long as its file")
        total["files"] += 1
        total["bytes"] += size
    elif entry.attr["type"] == shapes.DIRECTORY:
        total["directories"] += 1
    else:
        total["others"] += 1
    before = b""
    for number, items in repo.nodes(entry.subtree, shapes.ENTRIES):
        count[number] += 1
        for below in items or ():
            check(before < below.name, "names out of order")
            check(b"/" not in below.name and below.name not in (b".", b".."),
                  "name that is none")
            before = below.name
            count_entry(repo, below, count, total)


def check_snapshot(repo, snapshot, by_place):
    links, job = snapshot.links, snapshot.job
    before = by_place.get((links.source, links.seq - 1))
    if links.previous != (bytes.fromhex(before.id) if before else bytes(32)):
        raise Forged("%s: does not follow the one before" % snapshot.name)
    count, total = Counter(), Counter()
    for _, entry in job.roots:
        count_entry(repo, entry, count, total)
    for name in ("files", "directories", "others", "bytes"):
        check(total[name] == getattr(job, name), "%s: %d %s, not %d" % (
            snapshot.name, total[name], name, getattr(job, name)))
    if repo.needed(links.refs) != count:
        raise Forged("%s: refs are not what its trees need" % snapshot.name)


def check_signers(repo, snapshots):
    """Each signer's snapshots are one chain."""
    before = {}
    for s in sorted(snapshots, key=lambda s: s.links.signer_seq):
        seq, hash_ = before.get(s.links.signer, (0, bytes(32)))
        if (s.links.signer_seq, s.links.signer_previous) != (seq + 1, hash_):
            raise Forged("%s: its signer's chain is broken" % s.name)
        before[s.links.signer] = s.links.signer_seq, bytes.fromhex(s.id)


def check_writers(repo):
    for name in repo.names("writers"):
        m = re.fullmatch(r"writers/([0-9a-f]{32})/([0-9]{10})-[0-9a-f]{16}"
                         r"(\.end|\.([1-9][0-9]*))?", name)
        check(m, "%s: a name that is none" % name)
        kind = shapes.WRITER if not m[3] else \
            shapes.END if m[3] == ".end" else shapes.CHECKPOINT
        plain = repo.whole_box(name, kind, repo.metadata)
        if kind == shapes.WRITER:
            source, seq = shapes.writer(plain)[:2]
            check((source.hex(), seq) == (m[1], int(m[2])),
                  "%s: is another writer" % name)
        elif kind == shapes.END:
            shapes.writer_end(plain)
        else:
            shapes.checkpoint(plain, int(m[4]))


def check_all(repo):
    snapshots = repo.snapshots()
    by_place = {(s.links.source, s.links.seq): s for s in snapshots}
    check_writers(repo)
    check_signers(repo, snapshots)
    check_packs(repo)
    for s in snapshots:
        check_snapshot(repo, s, by_place)
    print("%d snapshots, %d chunks: all as the document says" %
          (len(snapshots), len(repo.index)))


# ---- extract --------------------------------------------------------------

def write_content(repo, entry, path):
    with open(path, "xb") as f:
        for i in repo.content(entry):
            if i.id is None:
                f.seek(i.length, os.SEEK_CUR)
                continue
            data = repo.chunk(i.id)
            check(len(data) == i.length, "chunk of another length")
            f.write(data)
        f.truncate(f.tell())


def make(repo, entry, path):
    kind = entry.attr["type"]
    if kind == shapes.FILE:
        write_content(repo, entry, path)
    elif kind == shapes.DIRECTORY:
        os.makedirs(path, exist_ok=True)
    elif kind == shapes.SYMLINK:
        os.symlink(entry.target, path)
    elif kind == shapes.FIFO:
        os.mkfifo(path)
    else:
        print("not made: %r" % path, file=sys.stderr)
        return False
    return True


def finish(repo, entry, path):
    """Give path the attributes that any user may set."""
    a = entry.attr
    for name, value in shapes.xattrs(repo.chunk(entry.xattrs)) \
            if entry.xattrs else ():
        if name.startswith(b"user."):
            os.setxattr(path, name, value, follow_symlinks=False)
    if "mode" in a and a["type"] != shapes.SYMLINK:
        os.chmod(path, a["mode"])
    if "mtime" in a:
        ns = a["mtime"] * 10 ** 9 + a.get("mtime_ns", 0)
        os.utime(path, ns=(ns, ns), follow_symlinks=False)


def extract_entry(repo, entry, path, linked):
    a = entry.attr
    inode = a.get("dev"), a.get("inode")
    shared = a["type"] != shapes.DIRECTORY and a.get("links", 1) > 1 and \
        None not in inode
    if shared and inode in linked:
        os.link(linked[inode], path, follow_symlinks=False)
        return
    if not make(repo, entry, path):
        return
    if shared:
        linked[inode] = path
    for below in repo.items(entry.subtree, shapes.ENTRIES):
        check(b"/" not in below.name and below.name not in (b".", b".."),
              "name that is none")
        extract_entry(repo, below, path + b"/" + below.name, linked)
    finish(repo, entry, path)


def extract(repo, wanted, directory):
    found = [s for s in repo.snapshots() if s.id.startswith(wanted)]
    check(len(found) == 1, "%d snapshots of that id" % len(found))
    linked = {}
    for path, entry in found[0].job.roots:
        to = os.fsencode(directory) + path
        os.makedirs(os.path.dirname(to), exist_ok=True)
        extract_entry(repo, entry, to, linked)


def main(args):
    if len(args) == 3 and args[2] in ("list", "check"):
        command = list_snapshots if args[2] == "list" else check_all
    elif len(args) == 5 and args[2] == "extract":
        def command(repo):
            extract(repo, args[3], args[4])
    else:
        sys.exit(__doc__)
    try:
        command(Repository(args[0], args[1]))
    except (Forged, Malformed, OSError) as e:
        sys.exit("reader.py: %s: %s" % (type(e).__name__, e))


main(sys.argv[1:])
