#!/usr/bin/env python3
"""past.py CATALOG: give the catalog a past that no test can wait for.

Reads lines:
	job HOST SET AGE OUTCOME EXIT TEXT...	a job that began AGE seconds ago
	usage TARGET AGE TOTAL FREE		how full it was, in bytes
	key HOST IDENTITY HOST_KEY AGE		when it was used; _ for a blank
OUTCOME is that of lib/catalog/job.h; 1 and 2 have a snapshot.  No program
may have the catalog open.
"""
import os
import sqlite3
import sys
import time


def job(db, now, host, name, age, outcome, code, *text):
    began = now - int(age)
    db.execute('INSERT OR IGNORE INTO source (host, name, since)'
               ' VALUES (?, ?, ?)', (host, name, began))
    (source,) = db.execute('SELECT id FROM source WHERE host = ? AND name = ?',
                           (host, name)).fetchone()
    has = outcome in ('1', '2')
    snapshot = os.urandom(32) if has else None
    (sequence,) = db.execute('SELECT coalesce(max(sequence), 0) + 1 FROM'
                             ' snapshot WHERE source = ?', (source,)).fetchone()
    db.execute('INSERT INTO job (source, target, name, rebuilt, started, ended,'
               ' outcome, exit, snapshot, sequence, text) VALUES'
               " (?, 't', ?, 0, ?, ?, ?, ?, ?, ?, ?)",
               (source, f'past-{began}', began, began + 1, int(outcome),
                int(code), snapshot, sequence if has else 0, ' '.join(text)))
    if has:
        db.execute("INSERT INTO snapshot VALUES ('t', ?, ?, ?, ?, ?, ?, 1, 1,"
                   ' 0, 1, 1)', (snapshot, source, sequence, f'past-{began}',
                                 began, int(outcome)))


def usage(db, now, target, age, total, free):
    at = now - int(age)
    db.execute('INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?, ?)',
               (target, at // 3600, at, int(total), int(free)))


def key(db, now, host, identity, host_key, age):
    db.execute('INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?, ?)',
               (host, identity, host_key.replace('_', ' '),
                now - int(age) - 100, now - int(age)))


def main():
    db = sqlite3.connect(sys.argv[1])
    now = int(time.time())
    kinds = {'job': job, 'usage': usage, 'key': key}
    for line in sys.stdin:
        word = line.split()
        if word:
            kinds[word[0]](db, now, *word[1:])
    db.commit()
    db.close()


main()
