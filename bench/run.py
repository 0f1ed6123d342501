#!/usr/bin/env python3
"""Times every backend on the kernels and the growth programs, and writes docs/benchmarks.md.

With --part only these parts are measured and replaced in the document; the others stay as they are.

Needs a release build (`cargo build --release`) and gcc; node (22 or later, or MOCHI_NODE) and luajit are measured where they are.
Figures are whole processes from start to exit, so `vm` and `jit` include reading and compiling the source. They are processor times, user
and system, which other work on the machine disturbs less than the clock on the wall. Rounds are interleaved: each runs every variant of a
kernel once. Before anything is timed, all outputs are compared.
"""
import argparse, math, os, platform, re, shutil, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))
KERNELS = ['fib_rec', 'nsieve', 'mandelbrot', 'n_body', 'spectral_norm', 'fannkuch_redux', 'matrix_mul', 'binary_trees']
GROWTH = ['append', 'heap', 'field_append', 'nested_append', 'concat', 'index_ascii', 'index_unicode', 'slice_ascii', 'slice_unicode', 'map_insert', 'map_lookup', 'map_iterate',
          'sort', 'sort_keys', 'group_by', 'join', 'two_key_join', 'left_join', 'right_join', 'outer_join', 'cross_where', 'correlated', 'record_join',
          'group_keys', 'sort_take', 'distinct', 'set_operators', 'in_list', 'print_lines']

# Milliseconds; a smaller difference of two processor times says nothing.
SHORTEST = 1.0


def run(argv, env=None):
    """Wall seconds, peak KiB, output and processor seconds of a process; its failure ends the benchmark."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        child = subprocess.Popen(argv, stdout=out, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env)
        error = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit('%s: exit %d\n%s' % (' '.join(argv), child.returncode, error.decode()))
        out.seek(0)
        return wall, usage.ru_maxrss, out.read().decode(), usage.ru_utime + usage.ru_stime


def same(a, b):
    """Whether two outputs agree; numbers by value, since languages print doubles differently."""
    a, b = a.split(), b.split()
    if len(a) != len(b):
        return False
    for x, y in zip(a, b):
        try:
            if x != y and float(x) != float(y):
                return False
        except ValueError:
            return False
    return True


def command(*names):
    for name in names:
        found = name and shutil.which(name)
        if found:
            return found
    return None


def variants(name, folder):
    """The command lines of a kernel, the C twin first."""
    source = os.path.join(ROOT, 'bench/kernels', name)
    made = os.path.join(folder, name)
    subprocess.run(['gcc', '-O2', '-o', made + '-gcc', source + '.c', '-lm'], check=True)
    subprocess.run([MOCHI, 'build', '--emit=wasm-aot', source + '.mochi', '-o', made + '.cwasm'], check=True)
    subprocess.run([MOCHI, 'build', '--backend=c', '--cc=gcc', source + '.mochi', '-o', made + '-c'], check=True)
    lines = {
        'gcc -O2': [made + '-gcc'],
        'wasm AOT': [MOCHI, 'run', made + '.cwasm'],
        'jit': [MOCHI, 'run', '--jit=copypatch', source + '.mochi'],
        'c': [made + '-c'],
        'vm': [MOCHI, 'run', '--backend=vm', source + '.mochi'],
    }
    node, lua = command(os.environ.get('MOCHI_NODE'), 'node'), command('luajit')
    if node:
        lines['node'] = [node, source + '.js']
    if lua:
        lines['luajit'] = [lua, source + '.lua']
    return lines


def kernels(names, rounds, folder):
    rows = []
    for name in names:
        lines = variants(name, folder)
        expected = run(lines['gcc -O2'])[2]
        for label, argv in lines.items():
            if not same(expected, run(argv)[2]):
                sys.exit('%s: %s prints something else' % (name, label))
        times, peaks = {label: [] for label in lines}, {}
        for _ in range(rounds):
            for label, argv in lines.items():
                _, peak, _, spent = run(argv)
                times[label].append(spent)
                peaks[label] = max(peak, peaks.get(label, 0))
        rows.append((name, {label: statistics.median(t) for label, t in times.items()}, peaks))
        print(name, {label: round(statistics.median(t), 3) for label, t in times.items()}, flush=True)
    return rows


def kernel_table(rows):
    labels = [label for label in rows[0][1]]
    out = ['| kernel | gcc -O2, ms | ' + ' | '.join(labels[1:]) + ' |', '|---' * (len(labels) + 1) + '|']
    for name, times, peaks in rows:
        base = times['gcc -O2']
        cells = ['%.2f (%d)' % (times[label] / base, peaks[label] // 1024) for label in labels[1:]]
        out.append('| %s | %.0f (%d) | %s |' % (name, base * 1000, peaks['gcc -O2'] // 1024, ' | '.join(cells)))
    return out


def growth(rounds, folder):
    """How times grow with the input, from a size to ten and to a hundred times it. Times are processor times, each the least of the rounds, without
    what a hundredth of the input takes: start and compilation. The sizes of a program take turns, so that all meet the machine in the same mood."""
    def prepare(backend, path):
        if backend == 'wasm':
            made = path + '.cwasm'
            subprocess.run([MOCHI, 'build', '--emit=wasm-aot', path, '-o', made], check=True)
            return [MOCHI, 'run', made]
        if backend == 'c':
            made = path + '.exe'
            subprocess.run([MOCHI, 'build', '--backend=c', '--cc=gcc', path, '-o', made], check=True)
            return [made]
        return [MOCHI, 'run', '--backend=' + backend, path]

    def ratio(more, less):
        """`-` where the smaller time is too short for the clock."""
        return '%.1f' % (more / less) if less >= SHORTEST else '-'

    rows = []
    for name in GROWTH:
        path = os.path.join(ROOT, 'bench/growth', name + '.mochi')
        with open(path) as file:
            text = file.read()
        size = int(re.search(r'let n = (\d+)', text).group(1))
        cells = []
        for backend in ('wasm', 'jit', 'vm', 'c'):
            lines, best = {}, {}
            for n in (size // 100, size, size * 10, size * 100):
                scaled = os.path.join(folder, '%s-%d.mochi' % (name, n))
                with open(scaled, 'w') as file:
                    file.write(text.replace('let n = %d' % size, 'let n = %d' % n, 1))
                lines[n] = prepare(backend, scaled)
            for round in range(rounds):
                for n, argv in lines.items():
                    # The largest takes a hundred times as long and is measured as well by fewer rounds.
                    if n < size * 100 or round < 2:
                        best[n] = min(best.get(n, math.inf), processor(argv)[0])
            once, tenfold, most = (best[n] - best[size // 100] for n in (size, size * 10, size * 100))
            cells.append('%s, %s (%.0f ms)' % (ratio(tenfold, once), ratio(most, tenfold), most))
        rows.append('| %s | %d | %s |' % (name, size * 100, ' | '.join(cells)))
        print(rows[-1], flush=True)
    return ['| program | largest size | wasm | jit | vm | c |', '|---|---|---|---|---|---|'] + rows


def sizes(folder):
    """Sizes of outputs, and times from process start to exit."""
    hello = os.path.join(ROOT, 'examples/hello.mochi')
    made = os.path.join(folder, 'hello')
    with open(made + '-one.mochi', 'w') as file:
        file.write('print("Hello, world!")\n')
    subprocess.run([MOCHI, 'build', '--target=wasm32-wasi', made + '-one.mochi', '-o', made + '-one.wasm'], check=True)
    subprocess.run([MOCHI, 'build', '--target=wasm32-wasi', hello, '-o', made + '.wasm'], check=True)
    subprocess.run([MOCHI, 'build', hello, '-o', made + '-exe'], check=True)
    subprocess.run([MOCHI, 'build', '--emit=wasm-aot', hello, '-o', made + '.cwasm'], check=True)
    rows = [('`print("Hello, world!")` as a component', '%d bytes' % os.path.getsize(made + '-one.wasm')),
            ('examples/hello.mochi as a component', '%d bytes' % os.path.getsize(made + '.wasm')),
            *module_bytes(folder),
            ('hello as one executable file', '%d bytes' % os.path.getsize(made + '-exe'))]
    for label, argv in [('that executable, start to exit', [made + '-exe']),
                        ('`mochi run hello.cwasm`', [MOCHI, 'run', made + '.cwasm'])]:
        run(argv)
        rows.append((label, '%.1f ms' % (statistics.median(run(argv)[0] for _ in range(15)) * 1000)))
    return ['| what | figure |', '|---|---|'] + ['| %s | %s |' % row for row in rows]


def module_bytes(folder):
    """The bytes of the modules of fixed sets of programs, optimised: how much code the compiler makes."""
    rows = []
    for part in ('bench/kernels', 'bench/growth', 'examples'):
        paths = sorted(os.path.join(base, name) for base, _, names in os.walk(os.path.join(ROOT, part)) for name in names if name.endswith('.mochi'))
        made, total = os.path.join(folder, 'module.wasm'), 0
        for path in paths:
            run([MOCHI, 'build', '--emit=module', path, '-o', made])
            total += os.path.getsize(made)
        rows.append(('core modules of the %d programs of %s' % (len(paths), part), '%d bytes' % total))
    return rows


def processor(argv):
    """Milliseconds of processor time (user and system) of a process, and its standard error."""
    with tempfile.TemporaryFile() as error:
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=error, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        error.seek(0)
        text = error.read().decode()
        if child.returncode:
            sys.exit('%s: exit %d\n%s' % (' '.join(argv), child.returncode, text))
        return (usage.ru_utime + usage.ru_stime) * 1000, text


def compile_time(rounds, folder):
    """Checking and building generated programs: processor time, the least of the rounds, which other work on the machine disturbs little."""
    rows = ['| program | lines | check, ms | lines/s | build to Wasm, ms | build to C, ms |', '|---|---|---|---|---|---|']
    phases = {}
    for name, args in [('units', ['10000']), ('units', ['100000']), ('one function', ['10000', '--one-function'])]:
        text = subprocess.run([sys.executable, os.path.join(ROOT, 'bench/generate.py'), *args], check=True, capture_output=True).stdout
        path = os.path.join(folder, 'generated.mochi')
        with open(path, 'wb') as file:
            file.write(text)
        lines = text.count(b'\n')
        results = [processor([MOCHI, 'check', '--timings', path]) for _ in range(rounds * (4 if lines < 50000 else 1))]
        best = min(results)
        if args == ['10000']:
            # The least time of each phase, since another process may run in the middle of one.
            for row in ''.join(text for _, text in results).splitlines():
                time_us, _, phase = row.split()
                phases[phase] = min(int(time_us), phases.get(phase, int(time_us)))
        cells = []
        for emit in ['module', 'c']:
            small = lines < 50000
            argv = [MOCHI, 'build', '--emit=' + emit, path, '-o', path + '.out']
            cells.append('%.0f' % min(processor(argv)[0] for _ in range(2)) if small else '-')
        rows.append('| %s | %d | %.0f | %.0f | %s |' % (name, lines, best[0], lines / best[0] * 1000, ' | '.join(cells)))
        print(rows[-1], flush=True)
    hello = os.path.join(ROOT, 'examples/hello.mochi')
    rows += ['', '| hello, start to exit | processor time, ms |', '|---|---|']
    for label, argv, cache in [('`mochi check`', ['check'], None), ('`mochi run`, compiled code cached', ['run'], None),
                               ('`mochi run`, nothing cached', ['run'], 'off'), ('`mochi run --jit=copypatch`', ['run', '--jit=copypatch'], None),
                               ('`mochi run --backend=vm`', ['run', '--backend=vm'], None)]:
        if cache:
            os.environ['MOCHI_CACHE'] = cache
        processor([MOCHI, *argv, hello])
        times = [processor([MOCHI, *argv, hello])[0] for _ in range(rounds * 5)]
        os.environ.pop('MOCHI_CACHE', None)
        rows.append('| %s | %.1f |' % (label, min(times)))
        print(rows[-1], flush=True)
    total = sum(phases.values())
    shares = ', '.join('%s %.0f %%' % (phase, 100 * time_us / total) for phase, time_us in phases.items())
    return rows + ['', 'Phases of checking the first: %s.' % shares]


PARTS = ['kernels', 'growth', 'starts', 'compile']
TITLES = {'kernels': 'Kernels', 'growth': 'Growth', 'starts': 'Sizes and starts', 'compile': 'Compile time'}


def section(part, rounds, folder):
    if part == 'kernels':
        about = ('Ratios of processor time of the whole process to the hand-written C twin under `gcc -O2` in the same run, median of %d '
                 'interleaved rounds; peak memory in MiB in parentheses, at least that of the Python that measures. `jit` and `vm` include compiling the source.' % rounds)
        return [about, '', *kernel_table(kernels(KERNELS, rounds, folder))]
    if part == 'growth':
        about = ('Ten times the input, and ten times that: the ratios of processor times (10 is linear), and the time of the largest; the least of %d rounds. What a '
                 'thousandth of the middle size takes, start and compilation, is taken off; `-` where less than %.0f ms are left of the smaller.' % (rounds, SHORTEST))
        return [about, '', *growth(rounds, folder), '', *GROWTH_NOTES]
    if part == 'starts':
        return sizes(folder)
    about = ('Programs of `bench/generate.py`; processor time of whole processes. Phases are those of `mochi check --timings`: reading and '
             'parsing, the part of the prelude that the program needs, names, types, and what is surely wrong.')
    return [about, '', *compile_time(max(rounds, 5), folder)]


# Of a join of 100,000 rows on Wasm `perf record` showed, before maps of counting ints lost their index, a third in lookups that wait for
# memory, a fifth in clear_page and a seventh in the collection, of which one of 10,000 rows has next to nothing.
GROWTH_NOTES = [
    'Why ratios are above 10: what the smallest size works on stays in the processor\'s caches and in pages that the system has at hand. Ten times that no '
    'longer fits the second cache (1 MB), so that each look at a table, a row and its string waits for memory; the system clears fresh pages, in pieces of 2 MB behind '
    'the first 2 MB; and on Wasm the first collection comes when 32 MiB have been allocated, and copies what lives. These are steps, not rates, and come at a size that '
    'depends on how much a row takes: a cost that grew faster than the input would show in both ratios.',
]


def written(path):
    """The sections of the document by title, each a list of lines."""
    sections = {}
    if os.path.exists(path):
        with open(path) as file:
            for part in file.read().split('\n## ')[1:]:
                title, _, body = part.partition('\n')
                sections[title] = body.strip('\n').split('\n')
    return sections


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--only', choices=KERNELS, help='one kernel; writes nothing')
    parser.add_argument('--part', choices=PARTS, action='append')
    parser.add_argument('--no-write', action='store_true', help='print the document')
    args = parser.parse_args()
    rounds = args.rounds
    with tempfile.TemporaryDirectory() as folder:
        if args.only:
            print('\n'.join(kernel_table(kernels([args.only], rounds, folder))))
            return
        wanted = args.part or PARTS
        cpu = next((l.split(':')[1].strip() for l in open('/proc/cpuinfo') if l.startswith('model name')), platform.machine())
        path = os.path.join(ROOT, 'docs/benchmarks.md')
        sections = written(path)
        for part in wanted:
            measured = 'Measured %s on %s.' % (time.strftime('%Y-%m-%d'), cpu)
            sections[TITLES[part]] = ['', measured, '', *section(part, rounds, folder)]
    text = ['# Benchmarks', '', 'Written by `python3 bench/run.py`; do not edit.', '']
    for part in PARTS:
        if TITLES[part] in sections:
            text += ['## ' + TITLES[part], '', *'\n'.join(sections[TITLES[part]]).strip('\n').split('\n'), '']
    text = '\n'.join(text)
    if args.no_write:
        print(text)
    else:
        with open(path, 'w') as file:
            file.write(text)


if __name__ == '__main__':
    main()
