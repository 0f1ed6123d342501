#!/usr/bin/env python3
"""Random SQL on random tables, answered by SQLite and by the same queries in Mochi.

usage: python3 tests/fuzz/sql.py [--seed N] [--count N] [--backends vm,jit,wasm,c] [--share N] [--keep FOLDER] [--show SEED] [--seconds N]

Each program has one to three small tables and up to eight statements, in the manner of sqllogictest: expressions with NULL, CASE, IN, EXISTS and
scalar subqueries, joins, groups, set operators, LIMIT, UPDATE, DELETE; `sql_expressions.py`, `sql_tables.py`, `sql_queries.py` and
`sql_output.py` make them in both languages. Every program runs on the first backend, each `--share`th on all, at -O0 and -O1 in turn. What
differs is shown with its SQL and written to FOLDER, without the statements that do not matter.
"""
import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import sql_expressions
import sql_output
import sql_queries
import sql_tables

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))


class Program:
    """Tables, and statements with the rows that SQLite gave."""
    def __init__(self, seed):
        rng = random.Random(seed)
        tables = [sql_tables.random_table(rng, 't%d' % at) for at in range(1, rng.randint(2, 4))]
        maker = sql_expressions.Maker(rng, tables, False)
        made = sql_queries.Statements(rng, maker, tables)
        base = sqlite3.connect(':memory:')
        self.head, self.statements = [], []
        for table in list(tables):
            self.head += table.declared(rng)
            for sql in table.create():
                base.execute(sql)
        # One statement alone has the narrowest types.
        count = rng.choice([1, 1, 2, 4, 8, 8])
        while len(self.statements) < count:
            statement = made.statement()
            for sql in statement.before:
                base.execute(sql)
            try:
                rows = base.execute(statement.sql).fetchall()
            except sqlite3.Error as error:
                raise RuntimeError('seed %s: %s: %s' % (seed, error, statement.sql))
            if len(rows) <= 60:
                self.statements.append(Done(statement, rows))

    def source(self, keep=None):
        lines = list(self.head)
        for at, done in enumerate(self.statements):
            if keep is None or at in keep:
                lines += ['', '// ' + done.sql, 'print("- %d")' % at] + done.lines
        return '\n'.join(lines) + '\n'

    def output(self, keep=None):
        found = []
        for at, done in enumerate(self.statements):
            if keep is None or at in keep:
                found += ['- %d' % at] + done.output
        return ''.join(line + '\n' for line in found)


class Done:
    def __init__(self, statement, rows):
        self.sql = '; '.join(statement.before + [statement.sql]).replace('\n', ' ')
        self.needed = bool(statement.before)
        self.lines = [part.make(rows) if isinstance(part, sql_output.Later) else part for part in statement.mochi]
        self.output = statement.expect(rows)


def run(path, source, backend, level):
    with open(path, 'w') as file:
        file.write(source)
    try:
        p = subprocess.run([MOCHI, '--color=never', 'run', '--backend=' + backend, '-O%d' % level] + (['--cc=tcc'] if backend == 'c' else []) + [path],
                           env={**os.environ, 'MOCHI_CACHE': 'off'}, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return None, '', 'timeout'
    return p.returncode, p.stdout.decode('utf8', 'replace'), p.stderr.decode('utf8', 'replace')


def wrong(path, program, keep, backend, level):
    """What differs, and in which statement; or None."""
    code, out, err = run(path, program.source(keep), backend, level)
    wanted = program.output(keep)
    if code == 0 and out == wanted:
        return None
    got, expected, at = out.split('\n'), wanted.split('\n'), 0
    for number, (a, b) in enumerate(zip(got + [None] * len(expected), expected)):
        if b.startswith('- '):
            at = int(b[2:])
        if a != b:
            return at, 'expected: %s\ngot:      %s\n%s' % ('\n          '.join(expected[number:number + 4]), '\n          '.join(got[number:number + 4]), err[:900])
    return at, 'exit %s\n%s' % (code, err[:900])


def smaller(path, program, backend, level):
    """The fewest statements that still differ: those before it only where they change tables."""
    at, what = wrong(path, program, None, backend, level)
    keep = {at} | {n for n in range(at) if program.statements[n].needed}
    found = wrong(path, program, keep, backend, level)
    if not found:
        return None, what
    for n in sorted(keep - {at}):
        again = wrong(path, program, keep - {n}, backend, level)
        if again and again[0] == at and 'error[' not in again[1]:
            keep, found = keep - {n}, again
    return keep, found[1]


def main():
    parser = argparse.ArgumentParser(description='SQL queries, compared with SQLite')
    for name, default in (('seed', 1), ('count', 200), ('share', 10), ('seconds', 0)):
        parser.add_argument('--' + name, type=int, default=default)
    parser.add_argument('--backends', default='vm,jit,wasm,c')
    for name in ('keep', 'show'):
        parser.add_argument('--' + name)
    options = parser.parse_args()
    if options.show:
        print(Program(int(options.show)).source(), end='')
        return
    backends, start, tried, statements, mistakes = options.backends.split(','), time.time(), 0, 0, 0
    with tempfile.TemporaryDirectory(prefix='mochi-sql') as folder:
        path = os.path.join(folder, 'program.mochi')
        for seed in range(options.seed, options.seed + options.count):
            if options.seconds and time.time() - start > options.seconds:
                break
            program = Program(seed)
            tried, statements = tried + 1, statements + len(program.statements)
            for at, backend in enumerate(backends if seed % options.share == 0 else backends[:1]):
                level = (seed + at) % 2
                if wrong(path, program, None, backend, level) is None:
                    continue
                mistakes += 1
                keep, what = smaller(path, program, backend, level)
                if options.keep:
                    os.makedirs(options.keep, exist_ok=True)
                    with open(os.path.join(options.keep, 'sql%d-%s.mochi' % (seed, backend)), 'w') as file:
                        file.write(program.source(keep))
                print('seed %d, %s -O%d:\n%s--\n%s\n' % (seed, backend, level, program.source(keep), what), flush=True)
                break
    print('%d programs, %d statements, %d wrong; on %s, %.0f s' % (tried, statements, mistakes, ' '.join(backends), time.time() - start))
    sys.exit(1 if mistakes else 0)


if __name__ == '__main__':
    main()
