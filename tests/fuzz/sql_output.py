"""The ways in which a program shows the rows of a query, and the lines that each prints for given rows."""
from sql_tables import mochi_value
from values import Map, json_text, nested, str_text, text


def line(values):
    """What `print` makes of several arguments."""
    joined = ' '.join(map(text, values))
    return joined.strip() if len(values) > 2 else joined


def scalars(rows):
    return [text(x) for row in rows for x in row]


def together(rows):
    return [line(row) for row in rows]


def apart(rows):
    return [text(x) for row in rows for x in row]


def converted(rows, exprs):
    """SQL's truth values are ints."""
    return [[bool(x) if e.kind == 'bool' and x is not None else x for x, e in zip(row, exprs)] for row in rows]


def value(row, shape):
    if shape == 'scalar':
        return row[0]
    return list(row) if shape == 'list' else Map(('c%d' % at, x) for at, x in enumerate(row))


def printed(rng, name, query, shape, exprs):
    """Mochi lines that make `name` of a query and show it, and what they print. Inside a list or record a float is seen to be one, and
    SQL's are not always where ints are mixed with them: such rows are shown cell by cell."""
    mixed = any(e.mixed for e in exprs)
    head = ['%s %s = %s' % (rng.choice(['let', 'let', 'var']), name, query)]
    of = name
    way = rng.random()
    if way < 0.12:
        head = ['fun %s_rows()%s { return %s }' % (name, rng.choice(['', ': any', ': list<any>']), query)] if query.startswith('from') else head
        of = '%s_rows()' % name if query.startswith('from') else name
    elif way < 0.18:
        head, of = [], '(%s)' % query
    show, lines = rng.choice(ways(shape, mixed))(rng, of, name, shape, len(exprs))
    for part in show:
        if isinstance(part, Later):
            part.exprs = exprs
    return head + show, lambda rows: lines(converted(rows, exprs))


def ways(shape, mixed):
    found = {'scalar': [each, by_index, as_text, built], 'list': [each, cells, cells, by_index, joined, as_text, sorted_rows, built],
             'record': [each, each, by_index, as_text, built]}[shape]
    return found + ([] if mixed else [whole, as_json, each_whole, expected, expected_each])


def parts(v, shape, width):
    return [v] if shape == 'scalar' else ['%s[%d]' % (v, at) if shape == 'list' else '%s.c%d' % (v, at) for at in range(width)]


def each(rng, of, name, shape, width):
    v = rng.choice(['row', 'r', 'v'])
    return ['for %s in %s { print(%s) }' % (v, of, ', '.join(parts(v, shape, width)))], together


def cells(rng, of, name, shape, width):
    return ['for row in %s {' % of, '  for x in row { print(x) }', '}'], apart


def by_index(rng, of, name, shape, width):
    lines = ['let %s_all = %s' % (name, of), 'var %s_i = 0' % name, 'while %s_i < len(%s_all) {' % (name, name)]
    lines += ['  print(%s)' % p for p in parts('%s_all[%s_i]' % (name, name), shape, width)]
    return lines + ['  %s_i = %s_i + 1' % (name, name), '}'], apart


def joined(rng, of, name, shape, width):
    return ['for row in %s { print(join(from x in row select str(x), " ")) }' % of], lambda rows: [' '.join(map(str_text, row)) for row in rows]


def as_text(rng, of, name, shape, width):
    shown = ' + "|" + '.join('str(%s)' % p for p in parts('row', shape, width))
    return ['for row in %s { print(%s) }' % (of, shown)], lambda rows: ['|'.join(map(str_text, row)) for row in rows]


def built(rng, of, name, shape, width):
    """All rows in one string."""
    adds = ['  %s_text = %s_text + str(%s) + ","' % (name, name, p) for p in parts('row', shape, width)]
    return ['var %s_text = ""' % name, 'for row in %s {' % of] + adds + ['}', 'print(%s_text)' % name], lambda rows: [''.join(str_text(x) + ',' for row in rows for x in row)]


def sorted_rows(rng, of, name, shape, width):
    lines = ['let %s_sorted = from r in %s sort by join(from v in r select str(v), " ") select r' % (name, of), 'for row in %s_sorted { print(%s) }' % (name, ', '.join(parts('row', shape, width)))]
    return lines, lambda rows: together(sorted(rows, key=lambda row: ' '.join(map(str_text, row)).encode('utf8')))


def whole(rng, of, name, shape, width):
    if rng.random() < 0.5:
        return ['print(str(%s))' % of], lambda rows: [str_text([value(row, shape) for row in rows])]
    return ['print(%s)' % of], lambda rows: [nested([value(row, shape) for row in rows])]


def each_whole(rng, of, name, shape, width):
    return ['for row in %s { print(row) }' % of], lambda rows: [text(value(row, shape)) for row in rows]


def as_json(rng, of, name, shape, width):
    return ['json(%s)' % of], lambda rows: json_text([value(row, shape) for row in rows]).split('\n')


class Later:
    """Lines that stand in the program only when the rows are known."""
    def __init__(self, make):
        self.write, self.exprs = make, []

    def make(self, rows):
        return self.write(converted(rows, self.exprs))


def written(x, rng):
    if isinstance(x, list):
        return '[%s]' % ', '.join(written(y, rng) for y in x)
    if isinstance(x, Map):
        return '{%s}' % ', '.join('%s: %s' % (rng.choice(['%s', '"%s"']) % k, written(y, rng)) for k, y in x.items())
    if isinstance(x, bool):
        return 'true' if x else 'false'
    return mochi_value(x, rng)


def expected(rng, of, name, shape, width):
    return [Later(lambda rows: 'expect %s == %s' % (of, written([value(row, shape) for row in rows], rng)))], lambda rows: []


def expected_each(rng, of, name, shape, width):
    def make(rows):
        lines = ['test "%s" {' % name, '  let found = %s' % of, '  expect len(found) == %d' % len(rows)]
        lines += ['  expect found[%d] == %s' % (at, written(value(row, shape), rng)) for at, row in enumerate(rows)]
        return '\n'.join(lines + ['}'])
    return [Later(make)], lambda rows: []
