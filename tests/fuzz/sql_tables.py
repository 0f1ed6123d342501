"""Random small tables, as SQLite keeps them and as Mochi programs write them, and the statements that change them."""
from sql_expressions import Expr, WORDS, literal, quote

FORMS = ['typed', 'typed', 'optional', 'maps', 'maps', 'any', 'appended', 'missing', 'quoted']


class Column:
    """`null`: whether it holds NULL now or may later. `typed`: whether its rows are declared structs."""
    def __init__(self, name, kind, null, mixed, typed):
        self.name, self.kind, self.null, self.mixed, self.typed = name, kind, null, mixed, typed
        self.bound, self.exact = 260, True

    def value(self, rng):
        if self.null and rng.random() < 0.25:
            return None
        if self.kind == 'int':
            return rng.choice([rng.randint(0, 9), rng.randint(90, 130), rng.randint(-20, 60)])
        if self.kind == 'text':
            return rng.choice(WORDS)
        if self.mixed and rng.random() < 0.4:
            return rng.randint(1, 40)
        return rng.choice([-1, 1, 1]) * rng.randint(1, 400) / 8


class Table:
    """A table and its name in both languages; a view has columns that are expressions."""
    def __init__(self, name, columns, rows=(), form='maps'):
        self.name, self.columns, self.rows, self.form = name, columns, list(rows), form
        self.sql_name, self.typed = name, form in ('typed', 'optional')

    def create(self):
        yield 'create table %s(%s)' % (self.name, ', '.join(c.name for c in self.columns))
        for row in self.rows:
            yield 'insert into %s values(%s)' % (self.name, ', '.join(sql_value(x) for x in row))

    def declared(self, rng):
        """The Mochi that makes it."""
        row_type = self.name + 'Row'
        lines = []
        if self.typed:
            names = {'int': 'int', 'float': 'float', 'text': 'string'}
            mark = '?' if self.form == 'optional' else ''
            lines.append('type %s { %s }' % (row_type, rng.choice([', ', '  ']).join('%s: %s%s' % (c.name, names[c.kind], mark if c.null else '') for c in self.columns)))
        rows = [self.row(row, rng) for row in self.rows]
        head = {'typed': '', 'optional': ': list<%s>' % row_type, 'maps': '', 'any': ': list<any>', 'appended': '', 'missing': '', 'quoted': ''}[self.form]
        if self.typed and not rows:
            head = ': list<%s>' % row_type
        if self.form == 'appended':
            lines.append('var %s = []' % self.name)
            lines += ['%s = append(%s, %s)' % (self.name, self.name, row) for row in rows]
        else:
            lines.append('var %s%s = [%s]' % (self.name, head, ''.join('\n  %s%s' % (row, ',' if at < len(rows) - 1 else '\n') for at, row in enumerate(rows))))
        return lines

    def row(self, values, rng):
        cells = []
        for c, x in zip(self.columns, values):
            if x is None and self.form == 'missing' and rng.random() < 0.5:
                continue
            cells.append('%s: %s' % ('"%s"' % c.name if self.form == 'quoted' else c.name, mochi_value(x, rng)))
        return '%s{ %s }' % (self.name + 'Row ' if self.typed else '', ', '.join(cells)) if cells else self.row([c and x for c, x in zip(self.columns, values)], rng)


def sql_value(x):
    return 'null' if x is None else quote(x) if isinstance(x, str) else repr(x)


def mochi_value(x, rng):
    if x is None:
        return rng.choice(['none', 'none', 'none', 'null', 'nil'])
    return literal(x) if isinstance(x, str) else repr(x)


def random_table(rng, name):
    form = rng.choice(FORMS)
    letters = rng.choice(['abcde', 'uvwxy', ['col0', 'col1', 'col2', 'col3', 'col4'], ['id', 'key', 'count', 'name', 'value']])
    columns = []
    for at in range(rng.randint(2, 5)):
        kind = rng.choice(['int', 'int', 'int', 'float', 'text']) if at else 'int'
        columns.append(Column(letters[at], kind, rng.random() < 0.5, kind == 'float' and rng.random() < 0.3, form in ('typed', 'optional')))
    rows = rng.choice([0, 1, 3, 5, 8, 12]) if rng.random() < 0.5 else rng.randint(2, 7)
    return Table(name, columns, [[c.value(rng) for c in columns] for _ in range(rows)], form)


def changed(rng, table, maker):
    """UPDATE, DELETE or INSERT: SQL and Mochi."""
    way = rng.random()
    scope = [('row', table, False)]
    if way < 0.35 or (way < 0.7 and table.form not in ('typed',)):
        row = [c.value(rng) for c in table.columns]
        return 'insert into %s values(%s)' % (table.name, ', '.join(map(sql_value, row))), '%s = append(%s, %s)' % (table.name, table.name, table.row(row, rng))
    if way < 0.7:
        own = [(None, Bare(table), False)]
        c = next(c for c in table.columns if c.kind == 'int')
        e = maker.arithmetic('int', own, 1)
        while e.bound > 1000 or (e.null and not c.null):
            e = maker.constant('int')
        where = plain_condition(rng, table)
        return 'update %s set %s = %s where %s' % (table.name, c.name, e.sql, where[0]), 'update %s set { %s: %s } where %s' % (table.name, c.name, e.mochi, where[1])
    was, maker.bare = maker.bare, False
    c = maker.condition(scope, 1)
    maker.bare = was
    # Deleted where the condition is true: kept where it is false or unknown.
    kept = maker.negated(c.yes)[0]
    return 'delete from %s as row where %s' % (table.name, c.sql), '%s = from row in %s where %s select row' % (table.name, table.name, kept)


class Bare:
    """A table whose columns are named without a row, as in `update`."""
    def __init__(self, table):
        self.columns = []
        for c in table.columns:
            e = Expr(c.kind, c.name, c.name, 8, c.null, c.bound, True, c.mixed)
            self.columns.append(Named(e, c))


class Named:
    def __init__(self, e, column):
        self.kind, self.sql, self.mochi, self.level = e.kind, e.sql, e.mochi, e.level
        self.null, self.bound, self.exact, self.mixed, self.name, self.typed = e.null, e.bound, e.exact, e.mixed, column.name, column.typed


def plain_condition(rng, table):
    c = rng.choice([c for c in table.columns if c.kind == 'int'])
    n, op = rng.randint(0, 110), rng.choice(['<', '>', '>=', '=='])
    if rng.random() < 0.2:
        return '%s is null' % c.name, '%s == none' % c.name
    return '%s %s %d' % (c.name, '=' if op == '==' else op, n), '%s %s %d' % (c.name, op, n)
