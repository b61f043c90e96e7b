#!/usr/bin/env python3
"""exposition.py FILE: check Prometheus' text format 0.0.4, strictly.

Prints each series as: NAME{LABEL=VALUE,...} NUMBER, labels sorted and values
unescaped.  Written from the format's description alone, not from our printer.
If python3-prometheus-client is there, its parser must agree.
"""
import re
import sys

NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*')
LABEL = re.compile(r'[a-zA-Z_][a-zA-Z0-9_]*')
NUMBER = re.compile(r'[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf|NaN)$')


def stop(number, why):
    sys.exit(f'{sys.argv[1]}:{number}: {why}')


def labels(text, number):
    """The labels at the start of text, and what is behind them."""
    got = {}
    if not text.startswith('{'):
        return got, text
    text = text[1:]
    while not text.startswith('}'):
        m = LABEL.match(text)
        if not m or not text[m.end():].startswith('="'):
            stop(number, f'no label: {text}')
        if m.group() in got:
            stop(number, f'label {m.group()} twice')
        value, at = '', m.end() + 2
        while text[at:at + 1] != '"':
            c = text[at:at + 1]
            if c == '':
                stop(number, 'a value without its end')
            if c == '\\':
                at += 1
                c = {'\\': '\\', '"': '"', 'n': '\n'}.get(text[at:at + 1])
                if c is None:
                    stop(number, 'an escape that there is not')
            value += c
            at += 1
        got[m.group()] = value
        text = text[at + 1:]
        if text.startswith(','):
            text = text[1:]
        elif not text.startswith('}'):
            stop(number, f'neither comma nor end: {text}')
    return got, text[1:]


def main():
    raw = open(sys.argv[1], 'rb').read().decode('utf-8')
    if not raw.endswith('\n'):
        stop(0, 'the last line has no end')
    helped, typed, done, seen, current = set(), set(), set(), set(), None
    for number, line in enumerate(raw[:-1].split('\n'), 1):
        if line.startswith('#'):
            word = line.split(' ', 3)
            if len(word) < 4 or word[1] not in ('HELP', 'TYPE') or \
               not NAME.fullmatch(word[2]):
                stop(number, 'no such comment')
            among = helped if word[1] == 'HELP' else typed
            if word[2] in among or word[2] in done:
                stop(number, f'{word[1]} of {word[2]} twice or too late')
            if word[1] == 'TYPE' and word[3] not in (
                    'counter', 'gauge', 'histogram', 'summary', 'untyped'):
                stop(number, f'no type: {word[3]}')
            among.add(word[2])
            continue
        m = NAME.match(line)
        if not m:
            stop(number, f'no metric: {line!r}')
        name = m.group()
        if name not in helped or name not in typed:
            stop(number, f'{name} without HELP and TYPE')
        if name != current and name in done:
            stop(number, f'{name} in two places')
        current = name
        done.add(name)
        got, rest = labels(line[m.end():], number)
        if not rest.startswith(' ') or not NUMBER.match(rest[1:]):
            stop(number, f'no number: {rest!r}')
        key = (name, tuple(sorted(got.items())))
        if key in seen:
            stop(number, f'{key} twice')
        seen.add(key)
        print(name + '{' + ','.join(f'{k}={v}' for k, v in key[1]) + '}' +
              rest)
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return
    theirs = sum(len(f.samples) for f in text_string_to_metric_families(raw))
    if theirs != len(seen):
        stop(0, f'prometheus_client reads {theirs} series, not {len(seen)}')


main()
