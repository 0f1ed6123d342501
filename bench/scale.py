#!/usr/bin/env python3
"""Large programs of one shape each, at a size and ten times it: what the compiler's time grows by (10 is linear).

usage: python3 bench/scale.py [--mochi PATH] [--only SHAPE] [--commands check,vm,wasm] [--size N]
       python3 bench/scale.py --print SHAPE N                       the program

Each program is checked, and run by the VM and as Wasm with nothing cached; the time is the processor time of the process without that
of a hello. Prints a table.
"""
import argparse, os, resource, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def else_if(n):
    yield 'fun pick(x: int): int {\n  if x == 0 { return 1 }'
    for i in range(1, n):
        yield '  else if x == %d { return %d }' % (i, i * 7 % 1000)
    yield '  return 0\n}\nprint(pick(%d))' % (n // 2)


def prints(n):
    for i in range(n):
        yield 'print(%d)' % i


def assignments(n):
    yield 'var total = 0'
    for i in range(n):
        yield 'total = total + %d' % (i % 9)
    yield 'print(total)'


def globals_(n):
    for i in range(n):
        yield 'let v%d = %d + %s' % (i, i, 'v%d %% 7' % (i - 1) if i else '1')
    yield 'print(v%d)' % (n - 1)


def locals_(n):
    yield 'fun f(x: int): int {'
    for i in range(n):
        yield '  let v%d = (%s + x * %d) %% 1000' % (i, 'v%d' % (i - 1) if i else '1', i % 13)
    yield '  return v%d\n}\nprint(f(3))' % (n - 1)


def branches(n):
    yield 'fun f(x: int): int {\n  var t = x'
    for i in range(n):
        yield '  if t %% %d == 1 { t = t + %d }' % (i % 11 + 2, i % 5 + 1)
    yield '  return t\n}\nprint(f(3))'


def fields(n):
    yield 'type Wide {'
    for i in range(n):
        yield '  f%d: int' % i
    yield '}\nvar w = Wide { %s }' % ', '.join('f%d: %d' % (i, i) for i in range(n))
    for i in range(0, n, 10):
        yield 'w.f%d = w.f%d + 1' % (i, n - 1 - i)
    yield 'print(w.f0 + w.f%d)' % (n - 1)


def variants(n):
    yield 'type Kind = %s' % '\n  | '.join('K%d(x: int)' % i for i in range(n))
    yield 'fun weigh(kind: Kind): int {\n  return match kind {'
    for i in range(n):
        yield '    K%d(x) => x + %d' % (i, i)
    yield '  }\n}\nprint(weigh(K0(1)) + weigh(K%d(2)))' % (n - 1)


def ints(n):
    yield 'let xs = [%s]\nprint(len(xs), xs[%d])' % (',\n  '.join(str(i * 37 % 1009) for i in range(n)), n // 2)


def mixed(n):
    kinds = ['%d', '"s%d"', '1 + %d', '%d.5', 'k * %d', 'str(%d)', '[%d]', '-k']
    items = (kinds[i % 8] % i if '%' in kinds[i % 8] else kinds[i % 8] for i in range(n))
    yield 'let k = 3\nlet xs = [%s]\nprint(len(xs))' % ',\n  '.join(items)


def structs(n):
    yield 'type P { x: int, name: string }\nlet ps = ['
    yield ',\n'.join('  P { x: %d, name: "n%d" }' % (i, i % 100) for i in range(n))
    yield ']\nprint(sum(from p in ps select p.x))'


def map_(n):
    yield 'let m = {%s}\nprint(len(m), m["k%d"])' % (',\n  '.join('"k%d": %d' % (i, i) for i in range(n)), n // 2)


def cases(n):
    yield 'fun name(x: int): string {\n  return match x {'
    for i in range(n):
        yield '    %d => "n%d"' % (i, i)
    yield '    _ => "?"\n  }\n}\nprint(name(%d))' % (n - 1)


def functions(n):
    for i in range(n):
        yield 'fun f%d(x: int): int { return %s + %d }' % (i, 'f%d(x)' % (i - 1) if i % 50 else 'x', i % 10)
    yield 'print(%s)' % ' + '.join('f%d(1)' % i for i in range(0, n, max(1, n // 100)))


def closures(n):
    yield 'let k = 2'
    for i in range(n):
        yield 'let g%d = fun(x: int): int => x * k + %d' % (i, i)
    yield 'print(g%d(1))' % (n - 1)


def tests(n):
    for i in range(n):
        yield 'test "t%d" { expect %d + 1 == %d }' % (i, i, i + 1)


def comments(n):
    for i in range(n):
        yield '// line %d: %s' % (i, 'some words ' * 8)
    yield 'print(1)'


def units(n):
    path = os.path.join(ROOT, 'bench/generate.py')
    yield subprocess.run([sys.executable, path, str(n)], check=True, capture_output=True, text=True).stdout


# The smaller of the two sizes.
SHAPES = {
    'else_if': (else_if, 1000), 'prints': (prints, 10000), 'assignments': (assignments, 10000), 'globals': (globals_, 1000),
    'locals': (locals_, 1000), 'branches': (branches, 1000), 'fields': (fields, 100), 'variants': (variants, 100), 'ints': (ints, 10000),
    'mixed': (mixed, 10000), 'structs': (structs, 1000), 'map': (map_, 1000), 'cases': (cases, 1000), 'functions': (functions, 500),
    'closures': (closures, 200), 'tests': (tests, 1000), 'comments': (comments, 10000), 'units': (units, 3000),
}
COMMANDS = {'check': ['check'], 'vm': ['run', '--backend=vm'], 'wasm': ['run', '--backend=wasm']}


def seconds(argv, limit):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        process = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=limit,
                                 env=dict(os.environ, MOCHI_CACHE='off', NO_COLOR='1'))
    except subprocess.TimeoutExpired:
        return None
    if process.returncode:
        sys.exit('%s: %s' % (' '.join(argv), process.stderr.decode()[:500]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(mochi, folder, shape, command, base, size):
    times = []
    for n in (size, size * 10):
        path = os.path.join(folder, '%s%d.mochi' % (shape, n))
        with open(path, 'w') as out:
            out.writelines(part + '\n' for part in SHAPES[shape][0](n))
        time = seconds([mochi, *COMMANDS[command], path], 300)
        if time is None:
            return 'over 300 s'
        times.append(max(time - base, 0.0005))
    return '%.1f (%d ms)' % (times[1] / times[0], times[1] * 1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--mochi', default=os.path.join(ROOT, 'target/release/mochi'))
    parser.add_argument('--only')
    parser.add_argument('--commands', default='check,vm,wasm')
    parser.add_argument('--size', type=int)
    parser.add_argument('--print', nargs=2, metavar=('SHAPE', 'N'))
    args = parser.parse_args()
    if args.print:
        print('\n'.join(SHAPES[args.print[0]][0](int(args.print[1]))))
        return
    commands = args.commands.split(',')
    print('| shape | size | ' + ' | '.join(commands) + ' |\n|' + '---|' * (len(commands) + 2))
    with tempfile.TemporaryDirectory() as folder:
        hello = os.path.join(folder, 'hello.mochi')
        with open(hello, 'w') as out:
            out.write('print(1)\n')
        base = {command: min(seconds([args.mochi, *COMMANDS[command], hello], 60) for _ in range(5)) for command in commands}
        for shape, (_, size) in SHAPES.items():
            if args.only and shape not in args.only.split(','):
                continue
            size = args.size or size
            cells = [measure(args.mochi, folder, shape, command, base[command], size) for command in commands]
            print('| %s | %d | %s |' % (shape, size * 10, ' | '.join(cells)), flush=True)


if __name__ == '__main__':
    main()
