#!/usr/bin/env python3
"""Random Mochi programs on all backends, unoptimised and optimised, against a judge that knows the language but not the compiler.

usage: python3 tests/fuzz/programs.py [--seed N] [--count N] [--backends vm,jit,wasm,c] [--batch N] [--jobs N] [--keep FOLDER]
                                      [--state FILE] [--gcc N] [--sanitize N] [--stress N] [--forms N] [--exact N]
                                      [--wasm N] [--turn 1] [--show SEED] [--seconds N]

Every program's output, error (message, place, source line), and exit code must be what the judge says, on each backend at -O0 and -O1,
and the call traces of all must be the same.
Programs go through the compiler several at a time; one that fails is run alone, made smaller, and written to FOLDER with its command.
A refusal of the checker, a fault of the compiler and a hang fail, too. --gcc N and --sanitize N: each Nth batch is compiled by gcc, or
by gcc with sanitizers, beside tcc; --stress N: runs with a collection at every allocation. --forms N: laid out by
`fmt`, with --no-overrides, and compiled ahead of time. --exact N: under --exact-ints. --wasm N: on Wasm each Nth batch only, as that takes longest. --turn 1: each
backend once a batch, in turn unoptimised and optimised, which takes half the time. --state FILE remembers
where the run stopped, and goes on from there.
"""
import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import generate
import library
import judge
import shrink
import tree
from values import Mode, Unjudged

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))
# Fifty programs in one file take Wasm a minute on a busy machine.
SECONDS = 400
INPUT = ''.join(line + '\n' for line in library.LINES * 60).encode('utf8')


class Case:
    """A program that the judge has run."""
    def __init__(self, seed):
        self.seed, self.generator, self.program, self.fails = seed, None, None, False
        for attempt in range(8):
            self.generator = generate.Generator('%d.%d' % (seed, attempt))
            # Every tenth may end in a run-time error.
            self.fails = self.generator.rng.random() < 0.1
            program = self.generator.program()
            if self.settle(program):
                self.program = program
                return

    def settle(self, program):
        """Replaces what fails until the program ends as it should; whether that is possible."""
        for _ in range(80):
            try:
                _, fault = judge.judge(program)
            except (judge.Spent, RecursionError):
                return False
            if fault is None:
                self.fails = False
                return True
            if self.fails and not isinstance(fault, Unjudged):
                return True
            if fault.node is None or not self.repair(program, fault.node):
                return False
        return False

    def repair(self, node, culprit):
        if node.kind == 'assign':
            target = node.kids[0]
            while target.kind in ('index', 'field') and target is not culprit:
                target = target.kids[0]
            if target is culprit:
                node.kind, node.kids, node.data = 'print', [node.kids[1]], None
                return True
        for at, kid in enumerate(node.kids):
            if kid is culprit:
                if kid.kind == 'expect':
                    kid.kids[0] = tree.Node('not', 'bool', [kid.kids[0]]) if kid.kids[0].kind == 'bin' else tree.literal(True, 'bool')
                elif not tree.is_known(kid.ty):
                    return False
                else:
                    node.kids[at] = self.generator.leaf(kid.ty)
                return True
            if self.repair(kid, culprit):
                return True
        return False


def shown(programs):
    """The source of several programs in one file, and what the judge expects of it."""
    printer, lines, error = tree.Printer(), [], None
    for at, program in enumerate(programs):
        printer.tag = 'x%d' % at if len(programs) > 1 else ''
        printer.put(program)
        got, fault = judge.judge(program, printer.tag)
        if isinstance(fault, Unjudged):
            raise fault
        lines += got
        if fault:
            error = (fault.message, fault.node.at)
    source = printer.text()
    return source, ''.join(line + '\n' for line in lines).encode('utf8'), error


def words(path, backend, level, variant):
    """The command. `variant` is the C compiler's command, 'stress' for a collection at every allocation, 'plain' for the library's own
    definitions of what backends have ops for, 'aot' for a program compiled ahead of time, 'fmt' for one laid out anew; or None."""
    if variant == 'aot':
        return 'run', [path + '.cwasm']
    flags = ['--no-overrides'] if variant == 'plain' else ['--cc', variant] if backend == 'c' and variant else []
    return 'run', ['--backend=' + backend, '-O%d' % level] + flags + [path + '.fmt.mochi' if variant == 'fmt' else path]


def prepared(path, level, variant):
    """Makes the file that a variant runs: what went wrong, or None."""
    if variant == 'aot':
        p = mochi('build', ['--emit=wasm-aot', '-O%d' % level, '-o', path + '.cwasm', path])
        return p if p.returncode else None
    with open(path) as file, open(path + '.fmt.mochi', 'w') as copy:
        copy.write(file.read())
    p = mochi('fmt', [path + '.fmt.mochi'])
    return p if p.returncode else mochi('fmt', ['--check', path + '.fmt.mochi'])


def mochi(command, arguments, extra=(), seconds=SECONDS):
    argv = [MOCHI, '--color=never', command] + (['--exact-ints'] if Mode.exact and command != 'fmt' else []) + arguments
    return subprocess.run(argv, input=INPUT, env={**os.environ, 'MOCHI_CACHE': 'off', **dict(extra)}, capture_output=True, timeout=seconds)


def run(path, backend, level, variant):
    try:
        p = prepared(path, level, variant) if variant in ('aot', 'fmt') else None
        if p is None or p.returncode == 0:
            # A collection at every allocation, and gcc with many programs in one file, take their time on a busy machine.
            seconds = SECONDS * (3 if variant not in (None, 'tcc') else 1)
            p = mochi(*words(path, backend, level, variant), {'MOCHI_GC_STRESS': '1'} if variant == 'stress' else {}, seconds)
        else:
            return 'exit %s of %s' % (p.returncode, variant), b'', p.stderr.decode('utf8', 'replace'), None
    except subprocess.TimeoutExpired:
        return 'timeout', b'', '', None
    lines = p.stderr.decode('utf8', 'replace').split('\n')
    while lines and not lines[0].startswith('error') and p.returncode in (0, 1):
        lines.pop(0)
    trace = [line for line in lines if line.startswith(('  at ', '  ... '))]
    rest = '\n'.join(line for line in lines if line not in trace)
    # What is laid out anew has other traces, and the stack does not end everywhere at the same call.
    counts = variant != 'fmt' and not rest.startswith('error: stack overflow')
    return p.returncode, p.stdout, rest, trace if counts else None


def mistake(source, expected, error, path, where, traces):
    """What is wrong on one backend, as a kind and a description; or None. `traces` are those of the backends before."""
    code, stdout, stderr, trace = run(path, *where)
    if code not in (0, 1):
        return 'exit %s' % code, stderr[:1500]
    if 'error[' in stderr:
        return stderr[:12], stderr[:600]
    if error is None:
        wanted = ''
    else:
        text = source.split('\n')[error[1][0] - 1]
        # An expectation's message goes on with both values.
        stderr = re.sub(r'^(error: expect condition failed): .*', r'\1', stderr)
        # What is laid out anew has its lines elsewhere.
        wanted = 'error: %s\n' % error[0] if where[2] == 'fmt' else 'error: %s\n  --> %s:%d:%d\n%s |\n%d | %s\n' % (error[0], path, *error[1], ' ' * len(str(error[1][0])), error[1][0], text)
    if (code, stdout) == (0 if error is None else 1, expected) and (stderr.startswith(wanted) if wanted else not stderr):
        if trace is not None:
            traces.append(trace)
        if traces and traces[0] != traces[-1]:
            return 'trace', 'expected:\n%s\ngot:\n%s' % ('\n'.join(traces[0]), '\n'.join(trace))
        return None
    if stdout != expected:
        a, b = expected.decode('utf8').split('\n'), stdout.decode('utf8', 'replace').split('\n')
        line = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)) - 1)
        return 'output', 'line %d\nexpected: %s\ngot:      %s\n%s' % (line + 1, a[line][:600], b[line][:600], stderr[:300])
    return 'error', 'expected: %s\ngot exit %s: %s' % (wanted[:400], code, stderr[:400])


def command(where):
    backend, level, variant = where
    if variant in ('aot', 'fmt'):
        return '%s, and run with --backend=%s -O%d:' % (variant, backend, level)
    what, arguments = words('', backend, level, '"%s"' % variant if backend == 'c' and variant else variant)
    return ' '.join((['MOCHI_GC_STRESS=1'] if variant == 'stress' else []) + [MOCHI, what] + (['--exact-ints'] if Mode.exact else []) + arguments)


class Runner:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.path = os.path.join(folder, 'program.mochi')

    def places(self, number):
        backends, due = self.options.backends, lambda each: each and number % each == each // 2
        if self.options.turn:
            # Each backend once: half of them optimised, the others so in the next batch.
            found = [(b, (number + at) % 2, 'tcc' if b == 'c' else None) for at, b in enumerate(backends)]
        else:
            # The machine code of unoptimised programs takes its turn: most of the time goes into making it.
            found = [(b, level, None) for b in backends for level in (0, 1)
                     if b != 'c' and (level or b == 'vm' or number % 3 == ('jit', 'wasm').index(b)) and (b != 'wasm' or number % self.options.wasm == 0)]
            found += [('c', number % 2, 'tcc')] if 'c' in backends else []
        if due(self.options.forms):
            found += [('vm', 1, 'fmt'), ('vm', 1, 'plain')] + ([('wasm', 1, 'aot')] if 'wasm' in backends else [])
        if due(self.options.stress):
            found += [(b, 1, 'tcc -DMOCHI_STRESS=true' if b == 'c' else 'stress') for b in backends if b != 'wasm']
        if 'c' in backends and due(self.options.gcc):
            found.append(('c', 1, 'gcc'))
        if 'c' in backends and due(self.options.sanitize):
            found.append(('c', 1, 'gcc -fsanitize=address,undefined -fno-sanitize-recover=all'))
        return found

    def check(self, programs, places):
        """The first place where these programs are not run right, with what is wrong there."""
        source, expected, error = shown(programs)
        with open(self.path, 'w') as file:
            file.write(source)
        traces = []
        for where in places:
            wrong = mistake(source, expected, error, self.path, where, traces)
            if wrong:
                return where, wrong
        return None

    def batch(self, number, cases, say):
        cases.sort(key=lambda case: case.fails)
        places = self.places(number)
        mistakes = 0
        while cases and sum(case.fails for case in cases) > 1:
            # An error ends everything: the other programs that end so are run alone.
            mistakes += self.alone(cases.pop(), places, say)
        wrong = self.check([case.program for case in cases], places) if cases else None
        if wrong is None:
            return mistakes
        found = sum(self.alone(case, places, say) for case in cases)
        if not found:
            kept = self.keep(cases[0].seed, 'together')
            self.check([case.program for case in cases], [])
            say('seeds %s only together, %s -O%d %s: %s\n%s\nkept: %s' % ([case.seed for case in cases], *wrong[0], *wrong[1], kept))
        return mistakes + max(found, 1)

    def alone(self, case, places, say):
        wrong = self.check([case.program], places)
        if wrong is None:
            return 0
        where, (kind, _) = wrong

        def fails(program):
            try:
                again = self.check([program], places if kind == 'trace' else [where])
            except (Unjudged, judge.Spent, KeyError, IndexError, AttributeError, TypeError):
                return False
            return again is not None and again[1][0] == kind
        if self.options.shrink:
            try:
                shrink.Shrinker(case.program, fails, case.generator.leaf).run()
            except (IndexError, AttributeError, TypeError):
                # No value can be made up for the type of some part: it stays as large as it is.
                pass
            wrong = self.check([case.program], places if kind == 'trace' else [where]) or wrong
        kept = self.keep(case.seed, where[0])
        with open(self.path) as file:
            say('seed %d, %s -O%d %s: %s\n%s\n--\n%s--\nreproduce: %s %s' % (
                case.seed, *where, *wrong[1], file.read(), command(where), kept))
        return 1

    def keep(self, seed, what):
        if not self.options.keep:
            return 'seed %d' % seed
        os.makedirs(self.options.keep, exist_ok=True)
        kept = os.path.join(self.options.keep, 'seed%d-%s.mochi' % (seed, what))
        with open(self.path) as file, open(kept, 'w') as copy:
            copy.write(file.read())
        return kept


def judged(seed, say):
    """The program of a seed; none, and a report, where the judge itself fails."""
    try:
        return Case(seed)
    except Exception:
        say('seed %d, the judge: %s' % (seed, traceback.format_exc()[-1500:]))
        return None


def work(options, first, step, queue):
    """One worker: every `step`th batch from `first` on. Deep trees need a deep stack."""
    def go():
        with tempfile.TemporaryDirectory(prefix='mochi-fuzz') as folder:
            runner = Runner(options, folder)
            for number in range(first, (options.count + options.batch - 1) // options.batch, step):
                if options.seconds and time.time() > options.end:
                    break
                low = options.seed + number * options.batch
                high = min(low + options.batch, options.seed + options.count)
                Mode.exact = bool(options.exact) and number % options.exact == options.exact // 2
                say = lambda text: queue.put(('failure', text))
                made = [judged(seed, say) for seed in range(low, high)]
                cases = [case for case in made if case and case.program is not None]
                ran, failing = len(cases), sum(case.fails for case in cases)
                wrong = runner.batch(number, cases, say) + made.count(None)
                queue.put(('batch', (number, high - low, ran, failing, wrong)))

    def guarded():
        try:
            go()
        except BaseException:
            queue.put(('failure', traceback.format_exc()))
            queue.put(('batch', (-1 - first, 0, 0, 0, 1)))
        finally:
            queue.put(('end', None))
    threading.stack_size(512 << 20)
    sys.setrecursionlimit(50_000)
    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()


def arguments():
    parser = argparse.ArgumentParser(description='random programs, compared')
    for name, default in (('seed', 1), ('count', 200), ('batch', 10), ('jobs', 1), ('gcc', 10), ('sanitize', 0), ('stress', 8), ('wasm', 1), ('forms', 20), ('exact', 12), ('turn', 0), ('seconds', 0), ('shrink', 1)):
        parser.add_argument('--' + name, type=int, default=default)
    parser.add_argument('--backends', default='vm,jit,wasm,c')
    for name in ('keep', 'state', 'show'):
        parser.add_argument('--' + name)
    options = parser.parse_args()
    options.backends = options.backends.split(',')
    options.end = time.time() + options.seconds
    return options


def main():
    options = arguments()
    if options.show:
        threading.stack_size(512 << 20)
        sys.setrecursionlimit(50_000)
        thread = threading.Thread(target=lambda: print(shown([Case(int(options.show)).program])[0], end=''))
        thread.start()
        thread.join()
        return
    if options.state and os.path.exists(options.state):
        done = int(open(options.state).read()) - options.seed
        options.seed, options.count = options.seed + done, options.count - done
    queue = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(options, i, options.jobs, queue)) for i in range(options.jobs)]
    for worker in workers:
        worker.start()
    ended, seeds, programs, faults, wrong, done, next_batch = 0, 0, 0, 0, 0, set(), 0
    start = time.time()
    while ended < options.jobs:
        kind, value = queue.get()
        if kind == 'end':
            ended += 1
        elif kind == 'failure':
            print(value, flush=True)
        else:
            number, tried, ran, failing, mistakes = value
            seeds, programs, faults, wrong = seeds + tried, programs + ran, faults + failing, wrong + mistakes
            done.add(number)
            while next_batch in done:
                next_batch += 1
            if options.state:
                with open(options.state, 'w') as file:
                    file.write(str(options.seed + next_batch * options.batch))
            if sys.stderr.isatty() or len(done) % 20 == 0:
                print('%d programs (%d end in an error), %d wrong, %.0f s' % (programs, faults, wrong, time.time() - start), file=sys.stderr, flush=True)
    print('seeds %d to %d: %d programs, %d of them end in a run-time error, %d wrong; on %s, %.0f s' % (
        options.seed, options.seed + seeds - 1, programs, faults, wrong, ' '.join(options.backends), time.time() - start))
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
