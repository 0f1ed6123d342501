#!/usr/bin/env python3
"""Programs that people wrote, with a few tokens changed, on all backends: they must do the same, whatever that is.

usage: python3 tests/fuzz/variants.py [--seed N] [--count N] [--changes N] [--backends vm,jit,wasm,c] [--jobs N] [--keep FOLDER] FOLDER...

Where `programs.py` makes programs that no one would write and knows what they mean, this takes those that exist and changes what a
token scanner can change: a literal (to a boundary, another type, `none`), an operator, a name for another of the same program, a line
left out, doubled or moved. Most of what the checker lets pass still runs, with values where none were meant to be. Output, error (with
place, source line and trace) and exit code of the first backend are what the others must give; one that runs out of time or memory
there is left. A crash, a refusal by one backend alone or an exit code of 70 fails, too.
Exit codes: 0 no difference, 1 differences (their programs are in the folder of --keep), 2 wrong usage.
"""
import argparse
import multiprocessing
import os
import random
import re
import resource
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))
SECONDS = 2
BYTES = 1 << 26
INPUT = b''.join(b'%d\n3 4 5\nabc def\n' % n for n in range(1, 40))
TOKEN = re.compile(r'//[^\n]*|#[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\d+\.\d+(?:[eE][-+]?\d+)?|\d+|[A-Za-z_]\w*|[=!<>]=|&&|\|\||=>|\?\?|\.\.|\s+|.', re.S)
WORDS = set('''test expect agent intent on stream emit type fun extern import return break continue let var if else then for while in
    generate match fetch load save package export fact rule all none true false from where select group by into having sort order skip
    take distinct join left right outer as with to union except intersect update set'''.split())
OPERATORS = [['+', '-', '*', '/', '%'], ['<', '<=', '>', '>=', '==', '!='], ['&&', '||']]
LITERALS = ['0', '1', '2', '-1', '7', '100', '9223372036854775807', '(-9223372036854775807 - 1)', '0.5', '1.0', '-0.0', '1e300', '""',
            '"a"', '"12"', '"é"', 'true', 'false', 'none', '[]', '{}', '[1, 2]', '["x"]', '[1, "x", none]', '{"a": 1}']


def tokens(text):
    return [found.group() for found in TOKEN.finditer(text)]


def is_name(token):
    return (token[0].isalpha() or token[0] == '_') and token not in WORDS


def is_literal(token):
    return token[0].isdigit() or token[0] == '"' or token in ('true', 'false', 'none')


def changed(text, rng):
    """The text with one change, or None where the place drawn has nothing to change."""
    if rng.random() < 0.15:
        lines = text.split('\n')
        at = rng.randrange(len(lines))
        if not lines[at].strip() or lines[at].count('{') != lines[at].count('}'):
            return None
        line = lines.pop(at)
        for _ in range(rng.choice((0, 1, 2))):
            lines.insert(min(max(at + rng.randint(-2, 2), 0), len(lines)), line)
        return '\n'.join(lines)
    parts = tokens(text) or [' ']
    at = rng.randrange(len(parts))
    token = parts[at]
    if is_literal(token):
        parts[at] = rng.choice(LITERALS) if rng.random() < 0.8 else rng.choice([p for p in parts if is_literal(p)])
    elif is_name(token):
        others = [part for part in parts if is_name(part)] if rng.random() < 0.8 else LITERALS
        parts[at] = rng.choice(others)
    else:
        alike = [group for group in OPERATORS if token in group]
        if not alike:
            return None
        parts[at] = rng.choice(alike[0] if rng.random() < 0.9 else ['==', '+', '<', '??', 'in', 'union all'])
    return ''.join(parts) if parts[at] != token else None


def run(backend, level, path):
    """What a run shows: exit code, output, error; None where time, memory or the output's size ran out."""
    how = ['--jit=copypatch'] if backend == 'jit' else ['--backend=' + backend] + (['--cc=tcc'] if backend == 'c' else [])
    command = [MOCHI, 'run', '-O', str(level), '--max-memory=400', *how, path]
    # In files of limited size: a program may print without end.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=os.path.dirname(path),
                                 env=dict(os.environ, MOCHI_NOW_SEED='17', MOCHI_CACHE='off'),
                                 preexec_fn=limit_file_size)
        try:
            child.communicate(INPUT, timeout=SECONDS if backend == 'vm' else 6 * SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return None
        out.seek(0)
        err.seek(0)
        output, error = out.read(), err.read()
    if len(output) >= BYTES or b'out of memory' in error:
        return None
    return child.returncode, output, error


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def differs(seed, programs, backends, changes, keep):
    """'refused', 'endless', 'same', or a description of the difference."""
    rng = random.Random(seed)
    path, text = rng.choice(programs)
    made = 0
    for _ in range(200):
        if made == changes:
            break
        new = changed(text, rng)
        if new is not None:
            text, made = new, made + 1
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'variant.mochi')
        with open(file, 'w', encoding='utf8') as out:
            out.write(text)
        check = subprocess.run([MOCHI, 'check', file], capture_output=True)
        if check.returncode == 1:
            return 'refused'
        what = 'check exits with %d' % check.returncode
        if check.returncode == 0:
            first = run(backends[0], rng.randrange(2), file)
            if first is None:
                return 'endless'
            what = 'exit %d' % first[0] if first[0] not in (0, 1) else None
            if what is None:
                for backend in backends[1:]:
                    level = rng.randrange(2)
                    other = run(backend, level, file)
                    if other is None:
                        what = '%s -O%d does not end' % (backend, level)
                    elif other != first:
                        part = ['exit code', 'output', 'error'][[a == b for a, b in zip(first, other)].index(False)]
                        what = '%s -O%d: other %s' % (backend, level, part)
                    if what:
                        break
        if what is None:
            return 'same'
        os.makedirs(keep, exist_ok=True)
        name = os.path.join(keep, 'variant%d.mochi' % seed)
        with open(name, 'w', encoding='utf8') as out:
            out.write(text)
        return '%s (of %s): %s' % (name, os.path.basename(path), what)


def work(arguments):
    return differs(*arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--changes', type=int, default=2, help='changes to a program (default 2)')
    parser.add_argument('--backends', default='vm,jit,wasm,c')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--keep', default=os.path.join(tempfile.gettempdir(), 'mochi-variants'))
    options = parser.parse_args()
    programs = []
    for folder in options.folders:
        for at, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if name.endswith('.mochi'):
                    with open(os.path.join(at, name), encoding='utf8', errors='replace') as file:
                        text = file.read()
                    if text.strip():
                        programs.append((os.path.join(at, name), text))
    if not programs:
        parser.error('no .mochi file in ' + ' '.join(options.folders))
    counts = {'same': 0, 'refused': 0, 'endless': 0, 'different': 0}
    tasks = ((seed, programs, options.backends.split(','), options.changes, options.keep)
             for seed in range(options.seed, options.seed + options.count))
    with multiprocessing.Pool(options.jobs) as pool:
        for result in pool.imap_unordered(work, tasks, 4):
            counts[result if result in counts else 'different'] += 1
            if result not in counts:
                print(result, flush=True)
    print('%d programs: %s' % (sum(counts.values()), ', '.join('%d %s' % (n, k) for k, n in counts.items())))
    return 1 if counts['different'] else 0


if __name__ == '__main__':
    sys.exit(main())
