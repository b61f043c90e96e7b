#!/usr/bin/env python3
"""contract.py SCHEMAS CASES PROGRAM...: hold what programs print with --json
against what doc/json says they print.

CASES has a line for each run, tabs between: program, command, exit code, file
with what it printed.  Each must be one envelope, or lines of which only the
last is "end"; and each command of each PROGRAM's --help must be among them,
with a run that gave its data.  A small part of JSON Schema is understood; what
is not is an error.  If python3-jsonschema is there it must agree.
"""
import json
import os
import re
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

KNOWN = {'$schema', '$ref', '$defs', 'title', 'description', 'type', 'enum',
         'const', 'properties', 'required', 'additionalProperties', 'items',
         'anyOf', 'pattern', 'minimum'}
TYPES = {'object': dict, 'array': list, 'string': str, 'null': type(None)}


def is_type(v, name):
    if name == 'boolean':
        return isinstance(v, bool)
    if name == 'integer':
        return isinstance(v, int) and not isinstance(v, bool)
    return isinstance(v, TYPES[name])


def expand(schema, where, root):
    """schema without its references, which may name other files."""
    if isinstance(schema, list):
        return [expand(s, where, root) for s in schema]
    if not isinstance(schema, dict):
        return schema
    if '$ref' in schema:
        name, _, path = schema['$ref'].partition('#')
        if name:
            where = os.path.join(os.path.dirname(where), name)
            root = json.load(open(where))
        got = root
        for part in path.strip('/').split('/'):
            got = got[part] if part else got
        return expand(got, where, root)
    return {k: expand(v, where, root) for k, v in schema.items()
            if k != '$defs'}


def load(where):
    root = json.load(open(where))
    return expand(root, where, root)


def members(v, s, at):
    for name in s.get('required', []):
        if name not in v:
            yield f'{at}: has no {name}'
    for name, value in v.items():
        if name in s.get('properties', {}):
            yield from check(value, s['properties'][name], f'{at}.{name}')
        elif s.get('additionalProperties') is False:
            yield f'{at}: {name} is not described'
        elif isinstance(s.get('additionalProperties'), dict):
            yield from check(value, s['additionalProperties'], f'{at}.{name}')


def check(v, s, at):
    """What is wrong with v."""
    for word in s:
        if word not in KNOWN:
            yield f'{at}: the schema has {word}, which this cannot check'
    if 'anyOf' in s:
        # The branch that means this kind of record gives the best words.
        branches = [b for b in s['anyOf'] if not isinstance(v, dict) or
                    'const' not in b.get('properties', {}).get('t', {}) or
                    b['properties']['t']['const'] == v.get('t')]
        found = [list(check(v, b, at)) for b in branches]
        if not found:
            yield f'{at}: no such record'
        elif all(found):
            yield from found[0]
    types = s.get('type', [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(v, t) for t in types):
        yield f'{at}: {json.dumps(v)[:60]} is not {"/".join(types)}'
        return
    if 'const' in s and v != s['const']:
        yield f'{at}: {json.dumps(v)} is not {json.dumps(s["const"])}'
    if 'enum' in s and v not in s['enum']:
        yield f'{at}: {json.dumps(v)} is none of {s["enum"]}'
    if 'pattern' in s and isinstance(v, str) and not re.search(s['pattern'],
                                                               v):
        yield f'{at}: {json.dumps(v)} does not match {s["pattern"]}'
    if 'minimum' in s and isinstance(v, int) and v < s['minimum']:
        yield f'{at}: {v} is too little'
    if isinstance(v, dict):
        yield from members(v, s, at)
    if isinstance(v, list) and 'items' in s:
        for i, item in enumerate(v):
            yield from check(item, s['items'], f'{at}[{i}]')


def wrong(v, s, at):
    ours = list(check(v, s, at))
    if jsonschema is not None:
        theirs = jsonschema.Draft202012Validator(s).is_valid(v)
        if theirs != (not ours):
            ours.append(f'{at}: jsonschema does not agree: {ours}')
    return ours


def once(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f'a member twice: {keys}')
    return dict(pairs)


class Contract:
    def __init__(self, schemas):
        self.dir = schemas
        self.bad = 0
        self.given = set()      # (program, command) that gave its data
        self.failed = set()
        self.common = load(os.path.join(schemas, 'envelope.schema.json'))
        self.error = load(os.path.join(schemas, 'error.schema.json'))

    def complain(self, text):
        print(text)
        self.bad += 1

    def path(self, program, command):
        name = f'{program}-{command}'.replace(' ', '-')
        return os.path.join(self.dir, name + '.schema.json')

    def envelope(self, v, program, command, code, at):
        for why in wrong(v, self.common, at):
            self.complain(why)
        if v.get('cmd') != command or v.get('code') != code:
            self.complain(f'{at}: cmd {v.get("cmd")} and code '
                          f'{v.get("code")}, not {command} and {code}')
        path = self.path(program, command)
        if not os.path.exists(path):
            return              # told at the end
        data = v.get('data')
        why = wrong(data, load(path), f'{at}: data')
        if not why:
            self.given.add((program, command))
        elif code == 0 or wrong(data, self.error, at):
            for text in why:
                self.complain(text)

    def lines(self, rows, program, command, code, at):
        path = self.path(program, command)
        for i, row in enumerate(rows):
            if (row.get('t') == 'end') != (i == len(rows) - 1):
                self.complain(f'{at}: line {i + 1} is {row.get("t")}: only '
                              'the last is "end"')
            if os.path.exists(path):
                for why in wrong(row, load(path), f'{at}: line {i + 1}'):
                    self.complain(why)
        if rows[-1].get('code') != code:
            self.complain(f'{at}: the end says {rows[-1].get("code")}')
        if code == 0:
            self.given.add((program, command))

    def case(self, program, command, code, name):
        at = f'{program} {command} ({code})'
        raw = open(name, 'rb').read().decode('ascii')
        if not raw.endswith('\n'):
            self.complain(f'{at}: no line: {raw[:200]!r}')
            return
        try:
            rows = [json.loads(row, object_pairs_hook=once)
                    for row in raw[:-1].split('\n')]
        except ValueError as e:
            self.complain(f'{at}: {e}: {raw[:200]!r}')
            return
        if code != 0:
            self.failed.add((program, command))
        if not all(isinstance(row, dict) for row in rows):
            self.complain(f'{at}: not an object: {raw[:200]!r}')
        elif 't' in rows[0]:
            self.lines(rows, program, command, code, at)
        elif len(rows) != 1:
            self.complain(f'{at}: {len(rows)} documents')
        else:
            self.envelope(rows[0], program, command, code, at)

    def all_there(self, program):
        name = os.path.basename(program)
        known = set()
        for command in commands(program):
            known.add(self.path(name, command))
            path = os.path.relpath(self.path(name, command),
                                   os.path.dirname(os.path.dirname(self.dir)))
            if not os.path.exists(self.path(name, command)):
                self.complain(
                    f'{name} {command} has no contract:\n'
                    f'  1. describe the data of its answer in {path}\n'
                    '     (see doc/json/README.md; take one beside it as a '
                    'pattern)\n  2. add to tests/scenario/81-json.sh: '
                    f"ask {name} 0 '{command}' ARGUMENT...")
            elif (name, command) not in self.given:
                self.complain(
                    f'{name} {command} has a contract that nothing holds it '
                    'to:\n  add to tests/scenario/81-json.sh: '
                    f"ask {name} 0 '{command}' ARGUMENT...")
            if (name, command) not in self.failed:
                self.complain(f'{name} {command}: never failed')
        for f in sorted(os.listdir(self.dir)):
            path = os.path.join(self.dir, f)
            if f.startswith(name + '-') and path not in known:
                self.complain(f'{f}: there is no such command')


def commands(program):
    """Those that its help lists."""
    text = subprocess.run([program, '--help'], check=True,
                          capture_output=True, text=True).stdout
    part = text.split('Commands:\n', 1)[1].split('\n\n', 1)[0]
    found = []
    for row in part.split('\n'):
        words = re.split(r' {2,}', row.strip())[0].split(' ')
        name = []
        for word in words:
            if not re.fullmatch(r'[a-z][a-z-]*', word):
                break
            name.append(word)
        found.append(' '.join(name))
    return found


def can_fail():
    """The checks themselves, which must find what is wrong."""
    s = {'type': 'object', 'additionalProperties': False,
         'required': ['a'], 'properties': {
             'a': {'type': 'integer', 'minimum': 0},
             'b': {'type': ['string', 'null'], 'pattern': '^x'},
             'c': {'type': 'array', 'items': {'enum': ['y']}}}}
    assert not wrong({'a': 1, 'b': None, 'c': ['y']}, s, '')
    for bad in ({}, {'a': 'x'}, {'a': -1}, {'a': True}, {'a': 1, 'b': 'y'},
                {'a': 1, 'c': ['z']}, {'a': 1, 'd': 1}, []):
        assert wrong(bad, s, ''), bad


def main():
    if sys.argv[1] == '--commands':
        print('\n'.join(commands(sys.argv[2])))
        return
    can_fail()
    c = Contract(os.path.abspath(sys.argv[1]))
    n = 0
    for row in open(sys.argv[2]):
        program, command, code, name = row.rstrip('\n').split('\t')
        c.case(program, command, int(code), name)
        n += 1
    for program in sys.argv[3:]:
        c.all_there(program)
    print(f'{n} answers, {len(c.given)} commands, {c.bad} complaints')
    sys.exit(1 if c.bad else 0)


main()
