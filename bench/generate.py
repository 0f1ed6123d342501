#!/usr/bin/env python3
"""Prints a Mochi program of about so many lines, for timing the compiler. The same arguments give the same text.

usage: python3 bench/generate.py LINES [--one-function]

The program is made of units, each a small domain of its own: a struct, a union, functions over both, maps, texts, queries, closures, and
a few lines that use them. Names, fields, constants, the order and the number of the parts differ from unit to unit, and functions call
those of earlier units. `--one-function` gives one function of so many statements instead. Programs check without a complaint and run.
"""
import sys

NOUNS = ('order invoice parcel sensor ticket player recipe planet route letter garden engine pocket signal window branch bottle harbor '
         'mirror ladder basket candle meadow tunnel anchor pillow socket ribbon').split()
FIELDS = 'amount weight rank score width height depth level price volume age distance points stock'.split()
LABELS = 'name title city owner group color status origin'.split()
WORDS = 'red blue north south quick calm heavy early round sharp plain bright'.split()
SHAPES = 'Dot Line Box Ring Node Edge Leaf Pair Span Cell'.split()


class Random:
    """A linear congruential generator, so that no library's changes alter the program."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % n

    def pick(self, items):
        return items[self.below(len(items))]

    def sample(self, items, count):
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(count)]


class Unit:
    """One domain: its names, and the functions that later units may call (all from int to int)."""

    def __init__(self, index, random, earlier):
        self.r, self.earlier = random, earlier
        self.noun = random.pick(NOUNS) + str(index)
        self.type = self.noun.capitalize()
        self.a, self.b = random.sample(FIELDS, 2)
        self.label = random.pick(LABELS)
        self.shapes = [name + str(index) for name in random.sample(SHAPES, 2 + random.below(3))]
        self.lines, self.calls = [], []

    def add(self, text):
        self.lines += text.strip('\n').split('\n')

    def number(self):
        return str(1 + self.r.below(97))

    def term(self, names):
        """An int expression over the names; operands stay small, so that nothing overflows."""
        kind = self.r.below(6)
        x, y = self.r.pick(names), self.r.pick(names)
        if kind == 0 and self.earlier:
            return '%s(%s %% %s) %% 1000' % (self.r.pick(self.earlier), x, self.number())
        return ['%s + %s' % (x, y), '%s * %s %% 1009' % (x, self.number()), '(%s - %s) %% %s' % (x, y, self.number()),
                '%s / %s + %s' % (x, self.number(), y), 'if %s > %s { %s } else { %s + 1 }' % (x, y, y, x), '%s %% %s' % (x, self.number())][kind]

    def types(self):
        self.add('''
// %(type)s: what the functions below work on.
type %(type)s {
  %(label)s: string
  %(a)s: int
  %(b)s: float
}
''' % vars(self))
        fields = ['value: int', 'left: int, right: int', 'text: string', 'factor: float', '']
        self.variants = [(shape, fields[i % 4] if i else fields[0]) for i, shape in enumerate(self.shapes)]
        self.add('type %sKind =' % self.type)
        self.add('\n'.join('  %s %s(%s)' % ('|' if i else ' ', shape, inner) for i, (shape, inner) in enumerate(self.variants)))

    def arithmetic(self):
        name, names = 'mix_%s' % self.noun, ['n', 'total', 'step']
        self.add('fun %s(n: int): int {\n  var total = %s\n  let step = n %% %s + 1' % (name, self.number(), self.number()))
        self.add('  for i in 0..%s {' % self.number())
        self.add('    if i %% %d == %d {\n      total = (total + %s) %% 100003' % (2 + self.r.below(5), self.r.below(2), self.term(names + ['i'])))
        self.add('    } else if i > step {\n      total = (total + %s) %% 100003\n      continue\n    }' % self.term(names + ['i']))
        for _ in range(self.r.below(4)):
            self.add('    let part%d = %s' % (len(self.lines), self.term(names + ['i'])))
            self.add('    total = (total + part%d) %% 100003' % (len(self.lines) - 1))
        self.add('  }\n  while total > 100 {\n    total = total / 2 - 1\n  }\n  return total\n}')
        self.calls.append(name)

    def matching(self):
        self.add('fun weigh_%s(kind: %sKind): int {\n  return match kind {' % (self.noun, self.type))
        for shape, inner in self.variants:
            names = [part.split(':')[0] for part in inner.split(', ') if part]
            result = {'value': 'value * %s' % self.number(), 'left': 'left - right + %s' % self.number(), 'text': 'len(text)',
                      'factor': 'int(factor * 10.0)'}[names[0]]
            self.add('    %s(%s) => %s' % (shape, ', '.join(names), result.replace('int(factor * 10.0)', '(factor * 10.0) as int')))
        self.add('  }\n}')
        made = {'value: int': '%s', 'left: int, right: int': '%s, 3', 'text: string': 'str(%s)', 'factor: float': '(%s) as float'}
        name = 'shape_%s' % self.noun
        self.add('fun %s(n: int): int {\n  var sum = 0' % name)
        for shape, inner in self.variants:
            self.add('  sum = sum + weigh_%s(%s(%s))' % (self.noun, shape, made[inner] % ('n + ' + self.number())))
        self.add('  return sum % 1000\n}')
        self.calls.append(name)

    def texts(self):
        self.add('fun describe_%(noun)s(item: %(type)s): string {\n  var out = item.%(label)s + ":"' % vars(self))
        self.add('  if item.%s > %s {\n    out = out + " %s"\n  }' % (self.a, self.number(), self.r.pick(WORDS)))
        self.add('  for ch in "%s" {\n    if ch != "%s" {\n      out = out + upper(ch)\n    }\n  }' % (self.r.pick(WORDS), self.r.pick('aeiou')))
        self.add('  return out + " " + str(item.%s) + "/" + str(item.%s)\n}' % (self.a, self.b))

    def counting(self):
        name = 'count_%s' % self.noun
        self.add('fun %s(n: int): int {\n  var seen: map<string, int> = {}\n  var i = 0' % name)
        self.add('  while i < n %% %s {' % self.number())
        self.add('    let key = "%s" + str(i %% %d)' % (self.r.pick(WORDS), 3 + self.r.below(9)))
        self.add('    if key in seen {\n      seen[key] = seen[key] + %s\n    } else {\n      seen[key] = 1\n    }' % self.number())
        self.add('    i = i + 1\n  }\n  var best = 0\n  for key in keys(seen) {\n    best = if seen[key] > best { seen[key] } else { best }\n  }')
        self.add('  return best\n}')
        self.calls.append(name)

    def lists(self):
        name = 'walk_%s' % self.noun
        self.add('fun %s(n: int): int {\n  var values: list<int> = [%s]' % (name, ', '.join(self.number() for _ in range(4 + self.r.below(6)))))
        self.add('  for i in 0..(n %% 7) {\n    values = append(values, %s)\n  }' % self.term(['n', 'i', 'len(values)']))
        self.add('  let scale = fun(x: int): int => (x * %s + n) %% 211' % self.number())
        self.add('  var acc = 0\n  for value in values {\n    acc = acc + scale(value)\n  }')
        if self.r.below(2):
            self.add('  values[0] = acc\n  acc = acc + values[len(values) - 1]')
        self.add('  return acc % 1000\n}')
        self.calls.append(name)

    def data(self):
        self.add('let %ss = [' % self.noun)
        rows = ['  %s { %s: "%s", %s: %s, %s: %s.%d }' % (self.type, self.label, self.r.pick(WORDS), self.a, self.number(), self.b, self.number(),
                                                      self.r.below(10)) for _ in range(3 + self.r.below(4))]
        self.add(',\n'.join(rows) + '\n]')

    def queries(self):
        v = dict(vars(self), n=self.number(), x=self.noun[0])
        self.add('let few_%(noun)s = from %(x)s in %(noun)ss\n  where %(x)s.%(a)s > %(n)s && %(x)s.%(b)s < 90.0\n  sort by %(x)s.%(a)s' % v)
        self.add('  select {%(label)s: %(x)s.%(label)s, twice: %(x)s.%(a)s * 2}' % v)
        if self.r.below(2):
            self.add('let by_%(noun)s = from %(x)s in %(noun)ss\n  group by %(x)s.%(label)s into g\n  sort by g.key' % v)
            self.add('  select {key: g.key, total: sum(from y in g select y.%(a)s), n: count(g)}\nfor row in by_%(noun)s {' % v)
            self.add('  print(row.key, row.total, row.n)\n}')

    def uses(self):
        for item in ('for item in %ss {\n  print(describe_%s(item))\n}' % (self.noun, self.noun), 'print(len(few_%s))' % self.noun):
            self.add(item)
        self.add('print(%s)' % ', '.join('%s(%s)' % (call, self.number()) for call in self.calls))
        if self.r.below(3) == 0:
            self.add('test "%s" {\n  expect %s(%s) >= 0 || len(%ss) > 0\n}' % (self.noun, self.calls[0], self.number(), self.noun))

    def text(self):
        self.types()
        parts = [self.arithmetic, self.matching, self.texts, self.counting, self.lists]
        for part in self.r.sample(parts, len(parts)):
            part()
            if self.r.below(4) == 0:
                self.arithmetic_again()
            self.lines.append('')
        self.data()
        self.queries()
        self.uses()
        self.lines.append('')
        return self.lines

    def arithmetic_again(self):
        name, names = 'step%d_%s' % (len(self.lines), self.noun), ['a', 'b']
        self.add('fun %s(a: int): int {\n  let b = a %% %s' % (name, self.number()))
        for i in range(2 + self.r.below(4)):
            self.add('  let c%d = %s' % (i, self.term(names)))
            names.append('c%d' % i)
        self.add('  return (%s) %% 1000\n}' % ' + '.join(names))
        self.calls.append(name)


def program(lines):
    random, earlier, out, index = Random(2026), [], [], 0
    while len(out) < lines:
        unit = Unit(index, random, earlier[-12:])
        out += unit.text()
        earlier += unit.calls
        index += 1
    return out


def one_function(statements):
    """A function of so many statements, each over variables before it."""
    unit = Unit(0, Random(7), [])
    names = ['n', 'total']
    unit.add('fun long(n: int): int {\n  var total = n')
    while len(unit.lines) < statements:
        at = len(unit.lines)
        kind = unit.r.below(4)
        if kind == 0:
            unit.add('  if total > %s {\n    total = total %% 10007\n  }' % unit.number())
        elif kind == 1:
            unit.add('  total = (total + %s) %% 100003' % unit.term(names))
        else:
            unit.add('  let v%d = (%s) %% 1000' % (at, unit.term(names)))
            names = names[-30:] + ['v%d' % at]
    unit.add('  return total\n}\nprint(long(5))')
    return unit.lines


def main():
    count = int(sys.argv[1])
    print('\n'.join(one_function(count) if '--one-function' in sys.argv else program(count)))


if __name__ == '__main__':
    main()
