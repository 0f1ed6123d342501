#!/usr/bin/env python3
"""Programs that people wrote, with a few tokens changed, on all backends: they must do the same, whatever that is.

usage: python3 tests/fuzz/variants.py [--seed N] [--count N] [--changes N] [--backends vm,jit,wasm,c] [--jobs N] [--keep FOLDER] FOLDER...

Where `programs.py` makes programs that no one would write and knows what they mean, this takes those that exist and makes the small
changes of `changes.py`, each of which the checker must let pass. Most variants still run, with values where none were meant to be. Output, error (with
place, source line and trace) and exit code of the first backend are what the others must give; one that runs out of time or memory
there is left. A crash, a refusal by one backend alone or an exit code of 70 fails, too. What differs is made smaller by leaving lines out.
Exit codes: 0 no difference, 1 differences (their programs are in the folder of --keep), 2 wrong usage.
"""
import argparse
import functools
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from changes import changed

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))
SECONDS = 2
WAITING = 300
# What an unchanged program may take, and making a variant smaller that fails.
SOON = 0.5
SHRINKING = 90
BYTES = 1 << 26
INPUT = b''.join(b'%d\n3 4 5\nabc def\n' % n for n in range(1, 40))


def run(backend, level, path):
    """What a run shows: exit code, output, error; None where time, memory or the output's size ran out."""
    how = ['--jit=copypatch'] if backend == 'jit' else ['--backend=' + backend] + (['--cc=tcc'] if backend == 'c' else [])
    command = [MOCHI, 'run', '-O', str(level), '--max-memory=400', *how, path]
    # In files of limited size: a program may print without end.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=os.path.dirname(path),
                                 env=dict(os.environ, MOCHI_NOW_SEED='17', MOCHI_CACHE='off'),
                                 preexec_fn=lambda: limit(SECONDS if backend == 'vm' else 4 * SECONDS))
        try:
            child.communicate(INPUT, timeout=WAITING)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return None
        out.seek(0)
        err.seek(0)
        output, error = out.read(), err.read()
    if child.returncode == -signal.SIGXCPU or len(output) >= BYTES or b'out of memory' in error or b'SIGXCPU' in error:
        return None
    if error.startswith(b'error: stack overflow'):
        # Where the stack ends, and after how much output, is each backend's own.
        return child.returncode, b'', b''
    return child.returncode, output, error


def limit(seconds):
    """Of processor time, not of time: the machine may be busy."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check(text, file):
    """The exit code of `mochi check`."""
    with open(file, 'w', encoding='utf8') as out:
        out.write(text)
    return subprocess.run([MOCHI, 'check', file], capture_output=True).returncode


def compared(file, levels):
    """'same', 'endless', or what differs, of a program that the checker lets pass. `levels` says for each backend how it is optimised."""
    (backend, level), *others = levels
    first = run(backend, level, file)
    if first is None:
        return 'endless'
    if first[0] not in (0, 1):
        return '%s -O%d: exit code %d' % (backend, level, first[0])
    for backend, level in others:
        other = run(backend, level, file)
        if other is None:
            return '%s -O%d does not end' % (backend, level)
        if other != first:
            part = ['exit code', 'output', 'error'][[a == b for a, b in zip(first, other)].index(False)]
            return '%s -O%d: other %s' % (backend, level, part)
    return 'same'


def shrunk(text, levels, what, file):
    """The text without the lines that the difference does not need."""
    lines, size = text.split('\n'), max(1, text.count('\n') // 2)
    end = time.time() + SHRINKING
    while size:
        at, before = 0, len(lines)
        while at < len(lines) and time.time() < end:
            fewer = lines[:at] + lines[at + size:]
            if check('\n'.join(fewer), file) == 0 and compared(file, levels) == what:
                lines = fewer
            else:
                at += size
        if len(lines) == before or size > 1:
            size //= 2
    return '\n'.join(lines)


def differs(seed, programs, backends, changes, keep):
    """'unchanged', 'endless', 'same', or a description of the difference."""
    rng = random.Random(seed)
    path = rng.choice(programs)
    while not ends_soon(path):
        path = rng.choice(programs)
    with open(path, encoding='utf8', errors='replace') as source:
        text = source.read()
    levels = [(backend, rng.randrange(2)) for backend in backends]
    made, wanted, what = 0, rng.randint(1, changes), None
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'variant.mochi')
        for _ in range(40):
            new = changed(text, rng) if made < wanted else None
            code = check(new, file) if new is not None else 1
            if code not in (0, 1):
                text, what = new, 'check exits with %d' % code
                break
            if code == 0:
                text, made = new, made + 1
        if what is None and made == 0:
            return 'unchanged'
        if what is None:
            check(text, file)
            what = compared(file, levels)
            if what in ('same', 'endless'):
                return what
            text = shrunk(text, [levels[0]] + [level for level in levels if what.startswith('%s -O%d' % level)], what, file)
    os.makedirs(keep, exist_ok=True)
    name = os.path.join(keep, 'variant%d.mochi' % seed)
    with open(name, 'w', encoding='utf8') as out:
        out.write(text)
    return '%s (of %s, %s): %s' % (name, os.path.basename(path), '%s -O%d' % levels[0], what)


def work(arguments):
    return differs(*arguments)


@functools.cache
def ends_soon(path):
    """Whether an unchanged program does; where it does not, its variants would not, either."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        return run('vm', 1, shutil.copy(path, folder)) is not None and resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < SOON


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--changes', type=int, default=3, help='at most so many changes to a program')
    parser.add_argument('--backends', default='vm,jit,wasm,c')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--keep', default=os.path.join(tempfile.gettempdir(), 'mochi-variants'))
    options = parser.parse_args()
    programs = [os.path.join(at, name) for folder in options.folders for at, _, names in sorted(os.walk(folder)) for name in sorted(names)
                if name.endswith('.mochi')]
    if not programs:
        parser.error('no .mochi file in ' + ' '.join(options.folders))
    counts = {'same': 0, 'unchanged': 0, 'endless': 0, 'different': 0}
    tasks = ((seed, programs, options.backends.split(','), options.changes, options.keep)
             for seed in range(options.seed, options.seed + options.count))
    with multiprocessing.Pool(options.jobs) as pool:
        for result in pool.imap_unordered(work, tasks, 4):
            counts[result if result in counts else 'different'] += 1
            if result not in counts:
                print(result, flush=True)
            if sum(counts.values()) % 500 == 0:
                print(counts, file=sys.stderr, flush=True)
    print('%d programs: %s' % (sum(counts.values()), ', '.join('%d %s' % (n, k) for k, n in counts.items())))
    return 1 if counts['different'] else 0


if __name__ == '__main__':
    sys.exit(main())
