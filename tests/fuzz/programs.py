#!/usr/bin/env python3
"""Random Mochi programs, run on all backends and compared: output, error with its position, exit code.

usage: python3 tests/fuzz/programs.py [--seed N] [--count N] [--backends wasm,vm,jit,c] [--keep FOLDER]

Programs are well-typed and end; they may fail at run time, which must look the same everywhere. Numbers lean to the boundaries. A program
on which the backends differ is made smaller by leaving out statements while they still differ, and written to FOLDER.
"""
import os, random, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOCHI = os.environ.get('MOCHI', os.path.join(ROOT, 'target/release/mochi'))
INTS = [0, 1, 2, 3, 7, 10, 63, 64, 255, 1000, 65536, 2147483647, 2147483648, 4294967296, 9007199254740993, 9223372036854775807]
FLOATS = ['0.0', '1.0', '0.5', '2.25', '0.1', '1e10', '1e21', '1e-7', '123456789.125', '1e300', '1e-300', '3.0']
STRINGS = ['""', '"a"', '"abc"', '"12"', '"-7"', '"héß日"', '"a,b,c"', '"Hello World"', '"\\n\\t\\"q"', '"x y"']
SCALARS = ['int', 'float', 'bool', 'string']
TYPES = SCALARS + ['list<int>', 'list<float>', 'list<string>', 'map<string,int>', 'map<int,string>', 'P', 'U', 'int?', 'fun']
HEADER = '''type P { a: int  b: string  c: float }
type U = Empty | One(v: int) | Two(l: int, r: string)
fun total(xs: list<int>): int { var t = 0  for x in xs { t = t + x }  return t }
fun twice(f: fun(int): int, x: int): int { return f(f(x)) }
fun depth(n: int): int { if n <= 0 { return 0 }  return 1 + depth(n - 1) }
'''


class Generator:
    def __init__(self, rng):
        self.rng, self.names, self.scopes, self.depth, self.loops = rng, 0, [{}], 0, 0

    def pick(self, *options):
        return self.rng.choice(options)()

    def fresh(self):
        self.names += 1
        return 'v%d' % self.names

    def visible(self, ty, assignable=False):
        found = {}
        for scope in self.scopes:
            for name, (t, mutable) in scope.items():
                found[name] = (t, mutable)
        return [n for n, (t, mutable) in found.items() if t == ty and (mutable or not assignable)]

    def expr(self, ty):
        self.depth += 1
        try:
            names = self.visible(ty)
            if names and self.rng.random() < (0.35 if self.depth < 4 else 0.8):
                return self.rng.choice(names)
            if self.depth > 4:
                return self.leaf(ty)
            return self.compound(ty)
        finally:
            self.depth -= 1

    def leaf(self, ty):
        r = self.rng
        if ty == 'int':
            n = r.choice(INTS) if r.random() < 0.6 else r.randrange(0, 50)
            return str(n) if r.random() < 0.75 else '(-%d)' % n
        if ty == 'float':
            return r.choice(FLOATS) if r.random() < 0.8 else '(-%s)' % r.choice(FLOATS)
        if ty == 'bool':
            return r.choice(['true', 'false'])
        if ty == 'string':
            return r.choice(STRINGS)
        if ty.startswith('list<'):
            return '[%s]' % ', '.join(self.leaf(ty[5:-1]) for _ in range(r.randrange(1, 5)))
        if ty == 'map<string,int>':
            return '{%s}' % ', '.join('"%s": %s' % (k, self.leaf('int')) for k in r.sample('abcdef', r.randrange(1, 4)))
        if ty == 'map<int,string>':
            return '{%s}' % ', '.join('%d: %s' % (k, self.leaf('string')) for k in r.sample(range(0, 120, 7), r.randrange(1, 4)))
        if ty == 'P':
            return 'P { a: %s, b: %s, c: %s }' % (self.leaf('int'), self.leaf('string'), self.leaf('float'))
        if ty == 'U':
            return r.choice(['Empty', 'One(%s)' % self.leaf('int'), 'Two(%s, %s)' % (self.leaf('int'), self.leaf('string'))])
        if ty == 'int?':
            return r.choice(['none', self.leaf('int')])
        return 'fun(x: int): int => x + %s' % self.leaf('int')

    def compound(self, ty):
        r, e = self.rng, self.expr
        forms = [lambda: self.leaf(ty), lambda: '(if %s then %s else %s)' % (e('bool'), e(ty), e(ty))]
        if ty == 'int':
            forms += [lambda: '(%s %s %s)' % (e('int'), r.choice(['+', '-', '*', '/', '%', '+', '-']), e('int'))] * 3
            forms += [lambda: '(-%s)' % e('int'), lambda: 'len(%s)' % e(r.choice(['string', 'list<int>', 'map<string,int>'])),
                      lambda: '%s[%s]' % (e('list<int>'), self.index()), lambda: 'total(%s)' % e('list<int>'),
                      lambda: '%s.a' % self.atom('P'), lambda: 'sum(%s)' % e('list<int>'), lambda: 'max(%s)' % e('list<int>'),
                      lambda: 'twice(%s, %s)' % (e('fun'), e('int')), lambda: '(%s ?? %s)' % (e('int?'), e('int')),
                      lambda: '(match %s { Empty => %s  One(q) => q  Two(q, w) => q - len(w) })' % (e('U'), e('int')),
                      lambda: 'indexOf(%s, %s)' % (e('string'), e('string')), lambda: 'abs(%s)' % e('int'),
                      lambda: 'depth(%d)' % r.randrange(0, 300), lambda: 'count(from q in %s where q > %s select q)' % (e('list<int>'), e('int'))]
        elif ty == 'float':
            forms += [lambda: '(%s %s %s)' % (e('float'), r.choice(['+', '-', '*', '/', '%']), e(r.choice(['float', 'int'])))] * 3
            forms += [lambda: '((%s) as float)' % e('int'), lambda: '%s.c' % self.atom('P'), lambda: '%s[%s]' % (e('list<float>'), self.index()),
                      lambda: 'avg(%s)' % e('list<int>'), lambda: 'round(%s, 2)' % e('float'), lambda: 'floor(%s)' % e('float')]
        elif ty == 'bool':
            kind = r.choice(SCALARS)
            forms += [lambda: '(%s %s %s)' % (e('int'), r.choice(['<', '<=', '>', '>=', '==', '!=']), e('int')),
                      lambda: '(%s %s %s)' % (e(kind), r.choice(['==', '!=']), e(kind)), lambda: '(%s < %s)' % (e('string'), e('string')),
                      lambda: '(%s %s %s)' % (e('bool'), r.choice(['&&', '||']), e('bool')), lambda: '(!%s)' % e('bool'),
                      lambda: '(%s in %s)' % (e('int'), e('list<int>')), lambda: '(%s in %s)' % (e('string'), e('map<string,int>')),
                      lambda: '(%s in %s)' % (e('string'), e('string')), lambda: '(%s == %s)' % (e('list<int>'), e('list<int>')),
                      lambda: '(%s == none)' % e('int?'), lambda: '(%s == %s)' % (e('P'), e('P')), lambda: '(%s < %s)' % (e('float'), e('int'))]
        elif ty == 'string':
            forms += [lambda: '(%s + %s)' % (e('string'), e('string')), lambda: 'str(%s)' % e(r.choice(TYPES[:-1])),
                      lambda: '%s[%s:%s]' % (self.atom('string'), self.index(), self.index()), lambda: 'upper(%s)' % e('string'),
                      lambda: '%s[%s]' % (self.atom('string'), self.index()), lambda: 'substring(%s, 0, 2)' % e('string'),
                      lambda: '%s.b' % self.atom('P'), lambda: 'join(%s, "-")' % e('list<string>'), lambda: 'reverse(%s)' % e('string'),
                      lambda: 'repeat(%s, %d)' % (e('string'), r.randrange(0, 4)), lambda: 'trim(%s)' % e('string')]
        elif ty.startswith('list<'):
            of = ty[5:-1]
            forms += [lambda: '[%s]' % ', '.join(e(of) for _ in range(r.randrange(1, 4))), lambda: 'append(%s, %s)' % (e(ty), e(of)),
                      lambda: '%s[%s:%s]' % (self.atom(ty), self.index(), self.index()), lambda: 'reverse(%s)' % e(ty),
                      lambda: '(%s %s %s)' % (e(ty), r.choice(['union', 'union all', 'except', 'intersect']), e(ty)),
                      lambda: '(from q in %s sort by q select q)' % e(ty), lambda: 'concat(%s, %s)' % (e(ty), e(ty)),
                      lambda: '(from q in %s skip 1 take 2 select q)' % e(ty), lambda: 'distinct(%s)' % e(ty)]
            if of == 'int':
                forms += [lambda: '(from q in %s where q %% 2 == 0 select q + %s)' % (e(ty), e('int')),
                          lambda: '(from q in %s join w in %s on q == w select q)' % (e(ty), e(ty)),
                          lambda: '(from q in %s group by q %% 3 into g select count(g))' % e(ty)]
            if of == 'string':
                forms += [lambda: 'split(%s, ",")' % e('string'), lambda: 'keys(%s)' % e('map<string,int>'), lambda: 'values(%s)' % e('map<int,string>')]
        elif ty == 'P':
            forms += [lambda: 'P { a: %s, b: %s, c: %s }' % (e('int'), e('string'), e('float'))]
        elif ty == 'U':
            forms += [lambda: 'One(%s)' % e('int'), lambda: 'Two(%s, %s)' % (e('int'), e('string'))]
        elif ty == 'int?':
            forms += [lambda: '%s[%s]' % (self.atom('map<string,int>'), e('string')), lambda: 'first(%s)' % e('list<int>'), lambda: e('int')]
        elif ty == 'fun':
            forms += [lambda: 'fun(x: int): int => %s' % self.scoped({'x': ('int', False)}, 'int')]
        return '%s' % self.pick(*forms)

    def scoped(self, names, ty):
        self.scopes.append(names)
        try:
            return self.expr(ty)
        finally:
            self.scopes.pop()

    def atom(self, ty):
        return '(%s)' % self.expr(ty)

    def index(self):
        return str(self.rng.randrange(-4, 6)) if self.rng.random() < 0.8 else self.expr('int')

    def block(self, size, names=None):
        self.scopes.append(dict(names or {}))
        lines = [self.statement() for _ in range(self.rng.randrange(1, size + 1))]
        self.scopes.pop()
        return '{ %s }' % '  '.join(lines)

    def declare(self, ty, mutable):
        value, name = self.expr(ty), self.fresh()
        self.scopes[-1][name] = (ty, mutable)
        return '%s %s = %s' % ('var' if mutable else 'let', name, value)

    def statement(self):
        r = self.rng
        nested = len(self.scopes) < 4
        forms = [lambda: self.declare(r.choice(TYPES), r.random() < 0.6)] * 4
        forms += [lambda: 'print(%s)' % ', '.join(self.expr(r.choice(TYPES[:-1])) for _ in range(r.randrange(1, 4)))] * 3
        forms += [self.assign] * 4
        if nested:
            forms += [lambda: 'if %s %s else %s' % (self.expr('bool'), self.block(3), self.block(2)), self.loop, self.loop, self.function]
        if self.loops and r.random() < 0.15:
            return 'if %s { %s }' % (self.expr('bool'), r.choice(['break', 'continue']))
        return self.pick(*forms)

    def assign(self):
        r = self.rng
        ty = r.choice(TYPES)
        names = self.visible(ty, assignable=True)
        if not names:
            return self.declare(ty, True)
        name = r.choice(names)
        if ty.startswith('list<') and r.random() < 0.4:
            return '%s[%d] = %s' % (name, r.randrange(-2, 3), self.expr(ty[5:-1]))
        if ty == 'map<string,int>' and r.random() < 0.6:
            return '%s[%s] = %s' % (name, self.expr('string'), self.expr('int'))
        if ty == 'map<int,string>' and r.random() < 0.6:
            return '%s[%s] = %s' % (name, self.expr('int'), self.expr('string'))
        if ty == 'P' and r.random() < 0.6:
            field, of = r.choice([('a', 'int'), ('b', 'string'), ('c', 'float')])
            return '%s.%s = %s' % (name, field, self.expr(of))
        return '%s = %s' % (name, self.expr(ty))

    def loop(self):
        r, name = self.rng, self.fresh()
        self.loops += 1
        try:
            kind = r.randrange(4)
            if kind == 0:
                low = r.randrange(-2, 3)
                return 'for %s in %d..%d %s' % (name, low, low + r.randrange(0, 6), self.block(3, {name: ('int', False)}))
            if kind == 1:
                of = r.choice(['int', 'float', 'string'])
                return 'for %s in %s %s' % (name, self.expr('list<%s>' % of), self.block(3, {name: (of, False)}))
            if kind == 2:
                return 'for %s in %s %s' % (name, self.expr(r.choice(['string', 'map<string,int>'])), self.block(3, {name: ('string', False)}))
            body = self.block(3)
            return 'var %s = 0  while %s < %d { %s = %s + 1  if true %s }' % (name, name, r.randrange(1, 6), name, name, body)
        finally:
            self.loops -= 1

    def function(self):
        r, name = self.rng, 'f%d' % (self.names + 1)
        self.names += 1
        params = {self.fresh(): (r.choice(TYPES[:-1]), True) for _ in range(r.randrange(0, 3))}
        result, loops = r.choice(TYPES[:-1]), self.loops
        self.loops = 0
        self.scopes.append(dict(params))
        body = '  '.join(self.statement() for _ in range(r.randrange(1, 3)))
        value = self.expr(result)
        self.scopes.pop()
        self.loops = loops
        args = ', '.join(self.expr(t) for t, _ in params.values())
        header = 'fun %s(%s) { %s  return %s }' % (name, ', '.join(params), body, value)
        return '%s  print(%s(%s))' % (header, name, args)

    def program(self):
        return [self.statement() for _ in range(self.rng.randrange(5, 25))]


def outcome(path, backend, level):
    argv = [MOCHI, '--color=never', 'run', '--backend=' + backend, '-O%d' % level, path]
    try:
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return 'timeout', b'', ''
    error = p.stderr.decode('utf8', 'replace').split('\n')
    error = [l for l in error if l.startswith('error') or l.lstrip().startswith('-->')]
    return p.returncode, p.stdout, '\n'.join(error)


def differs(lines, folder, runs):
    """What the backends do not agree on, or None. A program that does not compile is no difference."""
    path = os.path.join(folder, 'program.mochi')
    with open(path, 'w') as file:
        file.write(HEADER + '\n'.join(lines) + '\n')
    first = None
    for backend, level in runs:
        got = outcome(path, backend, level)
        if got[0] not in (0, 1):
            return '%s -O%d: exit %s %s' % (backend, level, got[0], got[2][:300])
        if first is None:
            if 'error[' in got[2]:
                return None
            first = got
        elif got != first:
            return '%s -O%d differs from %s -O%d:\n%r\n%r' % (backend, level, *runs[0], first, got)
    return None


def shrink(lines, folder, runs):
    at = 0
    while at < len(lines):
        fewer = lines[:at] + lines[at + 1:]
        if fewer and differs(fewer, folder, runs):
            lines = fewer
        else:
            at += 1
    return lines


def main():
    args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    seed, count = int(args.get('--seed', 1)), int(args.get('--count', 200))
    backends = args.get('--backends', 'vm,jit,wasm,c').split(',')
    runs = [(b, l) for b in backends for l in ((0, 1) if b != 'c' else (1,))]
    found = compiled = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + count):
            lines = Generator(random.Random(number)).program()
            why = differs(lines, folder, runs)
            if why is None:
                compiled += 1
                continue
            found += 1
            small = shrink(lines, folder, runs)
            print('seed %d: %s\n--\n%s\n--' % (number, differs(small, folder, runs), '\n'.join(small)), flush=True)
            if '--keep' in args:
                os.makedirs(args['--keep'], exist_ok=True)
                with open(os.path.join(args['--keep'], 'seed%d.mochi' % number), 'w') as file:
                    file.write(HEADER + '\n'.join(small) + '\n')
    print('%d passed, %d failed' % (compiled, found))
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
