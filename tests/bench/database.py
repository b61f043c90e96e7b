#!/usr/bin/env python3
"""database.py DIRECTORY: a SQLite database of 100 MB, and it a night later.

old.db, and after.db: 1 % of the rows changed in a word or two, 1 % added,
0.1 % deleted; busy.db: 5 % of the rows written anew.  The same each time.
"""
import os
import random
import shutil
import sqlite3
import sys

ROWS = 95000


def text(chance, words, low, high):
    return ' '.join(chance.choices(words, k=chance.randint(low, high)))


def row(chance, words, number):
    return (number, '%s@%s.example' % tuple(chance.choices(words, k=2)),
            text(chance, words, 4, 8), text(chance, words, 20, 200),
            1700000000 + number * 60, chance.randbytes(20))


def open_at(path):
    base = sqlite3.connect(path)
    base.execute('pragma page_size = 4096')
    base.execute('pragma journal_mode = off')
    return base


def add(base, chance, words, numbers):
    base.executemany('insert into mail values (?, ?, ?, ?, ?, ?)',
                     (row(chance, words, n) for n in numbers))


def main():
    chance = random.Random(1)
    words = ['%x' % chance.getrandbits(chance.randint(8, 40))
             for _ in range(20000)]
    os.chdir(sys.argv[1])
    for name in ('old.db', 'after.db', 'busy.db'):
        if os.path.exists(name):
            os.remove(name)
    base = open_at('old.db')
    base.execute('create table mail (id integer primary key, sender text,'
                 ' subject text, body text, stamp integer, hash blob)')
    base.execute('create index s on mail (sender)')
    add(base, chance, words, range(ROWS))
    base.commit()
    base.close()
    for name in ('after.db', 'busy.db'):
        shutil.copy('old.db', name)
    base = open_at('after.db')
    for n in chance.sample(range(ROWS), ROWS // 100):
        base.execute('update mail set subject = ?, stamp = stamp + 86400'
                     ' where id = ?', (text(chance, words, 4, 8), n))
    for n in chance.sample(range(ROWS), ROWS // 1000):
        base.execute('delete from mail where id = ?', (n,))
    add(base, chance, words, range(ROWS, ROWS + ROWS // 100))
    base.commit()
    base.close()
    base = open_at('busy.db')
    for n in chance.sample(range(ROWS), ROWS // 20):
        base.execute('update mail set body = ? where id = ?',
                     (text(chance, words, 20, 200), n))
    base.commit()
    base.close()


if __name__ == '__main__':
    main()
