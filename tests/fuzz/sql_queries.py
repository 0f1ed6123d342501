"""Random statements: a SELECT or a change of a table for SQLite, the Mochi that does the same, and the lines that it prints for given rows.

`sort by` puts none last, also descending, and is stable: the SQL says `nulls last` and orders what is equal by `position`, the place
of a row in the nested loops that LANGUAGE describes. Groups come in order of first appearance: by the least position.
"""
import re
from sql_expressions import Expr
from sql_tables import Column, Table, changed
import sql_output


class Statement:
    """`before` are SQL statements that make what the SELECT reads; `expect` makes output lines of its rows."""
    def __init__(self, sql, mochi, expect, before=()):
        self.sql, self.mochi, self.expect, self.before = sql, mochi, expect, list(before)


class Sources:
    """FROM with its joins, in both languages, and the scope that they make."""
    def __init__(self, maker, tables, many=True):
        rng = maker.rng
        names = rng.choice([['row', 'r2', 'r3'], ['a_', 'b_', 'c_'], ['x', 'y', 'z'], ['cor0', 'cor1', 'cor2'], ['t', 'u', 'v']])
        count = rng.choice([1, 1, 1, 1, 2, 2, 3]) if many else 1
        self.scope, self.names = [], names[:count]
        for at in range(count):
            table = rng.choice(tables)
            if at == 0:
                self.sql, self.mochi = '%s as %s' % (table.sql_name, names[0]), 'from %s in %s' % (names[0], table.name)
                self.scope = [(names[0], table, False)]
                crossing, order = True, [(names[0], '0')]
                continue
            new = (names[at], table, False)
            kind = rng.choice((['cross'] if crossing else []) + ['', '', 'left', 'left'] + (['right', 'outer'] if at == count - 1 else []))
            if kind == 'cross':
                self.sql += ' cross join %s as %s' % (table.sql_name, names[at])
                self.mochi += ' from %s in %s' % (names[at], table.name)
            else:
                crossing = False
                sql, mochi = self.on(maker, new)
                if kind in ('right', 'outer'):
                    self.sql = self.kept(table, names[:at + 1], 'left ' if kind == 'outer' else '', sql)
                else:
                    self.sql += ' %s join %s as %s on %s' % (kind, table.sql_name, names[at], sql)
                self.mochi += ' %s %s in %s on %s' % ((kind + ' join').strip(), names[at], table.name, mochi)
            if kind in ('right', 'outer'):
                self.scope = [(v, t, True) for v, t, _ in self.scope]
            if kind == 'right':
                order = [(names[at], '0')] + order
            else:
                # What only the right side has comes last.
                order = ([(v, '999') for v, _ in order[:1]] + order[1:] if kind == 'outer' else order) + [(names[at], '0')]
            self.scope.append((names[at], table, kind in ('left', 'outer')))
        self.position = ' + '.join('coalesce(%s.rowid, %s) * %d' % (v, other, 1000 ** (len(order) - at)) for at, (v, other) in enumerate(order))

    def kept(self, table, names, left, on):
        """A join that keeps the right rows. SQLite 3.40 drops some of them (`right join ... on false` below `group by`): the rows'
        numbers are found without it."""
        new = names[-1]
        partners = 'select %s from %s %sjoin %s as %s on %s' % (', '.join('%s.rowid as %s_n' % (v, v) for v in names), self.sql, left, table.sql_name, new, on)
        alone = 'select %s%s.rowid from %s as %s where not exists(select 1 from %s where %s)' % ('null, ' * (len(names) - 1), new, table.sql_name, new, self.sql, on)
        tables = [(v, t) for v, t, _ in self.scope] + [(new, table)]
        return '(%s union all %s) as n_%s' % (partners, alone, ''.join(' left join %s as %s on %s.rowid = n_.%s_n' % (t.sql_name, v, v, v) for v, t in tables))

    def on(self, maker, new):
        rng = maker.rng
        a, b = maker.column(self.scope, 'int'), maker.column([new], 'int')
        if a is None or b is None or rng.random() < 0.15:
            c = maker.condition(self.scope + [new], 1)
            return c.sql, c.yes[0]
        if rng.random() < 0.5:
            a, b = b, a
        if maker.bare:
            sql, mochi = '(%s is %s)' % (a.sql, b.sql), ('%s == %s' % (a.mochi, b.mochi), 3)
        else:
            sql, mochi = '(%s = %s)' % (a.sql, b.sql), maker.guarded(a, '==', b, [e for e in (a, b) if e.null][:1])
        if rng.random() < 0.3:
            c = maker.condition(self.scope + [new], 1)
            return '(%s and %s)' % (sql, c.sql), maker.both(mochi, c.yes)[0]
        return sql, mochi[0]


def by_value(e):
    """A number in ORDER BY or GROUP BY would be the number of a column."""
    return '(%s + 0)' % e.sql if e.kind in ('int', 'bool') else e.sql


class Statements:
    def __init__(self, rng, maker, tables):
        self.rng, self.maker, self.tables, self.count = rng, maker, tables, 0

    def statement(self):
        self.count += 1
        self.maker.bare = self.rng.random() < 0.4
        way = self.rng.random()
        if way < 0.36:
            return self.select()
        if way < 0.6:
            return self.grouped()
        if way < 0.68:
            return self.totals()
        if way < 0.8:
            return self.combined()
        if way < 0.85:
            return self.constants()
        if way < 0.92:
            return self.view()
        return self.change()

    def where(self, sources, often=0.75):
        if self.rng.random() > often:
            return '', ''
        c = self.maker.condition(sources.scope, 2)
        return ' where ' + c.sql, ' where ' + c.yes[0]

    def outputs(self, scope, plain=False, most=4, kinds=('int', 'int', 'int', 'float', 'text', 'bool')):
        found = []
        while len(found) < self.rng.randint(1, most):
            e = self.maker.value(self.rng.choice(kinds), scope, self.rng.choice([1, 2, 2, 3]))
            if not (plain and e.mixed):
                found.append(e)
        return found

    def sorted_by(self, exprs):
        """The SQL keys and the Mochi clause."""
        rng, sql, mochi = self.rng, [], []
        for e in exprs:
            down = e.kind in ('int', 'float') and rng.random() < 0.35
            sql.append(by_value(e) + (' desc' if down else ' asc') + ' nulls last')
            mochi.append('-' + self.maker.within(e, 8) if down else e.mochi)
        if not mochi:
            return [], ''
        key = mochi[0] if len(mochi) == 1 and rng.random() < 0.7 else '[%s]' % ', '.join(mochi)
        return sql, ' %s by %s' % (rng.choice(['sort', 'sort', 'order']), key)

    def cut(self):
        rng = self.rng
        if rng.random() < 0.75:
            return '', ''
        skip, take = rng.choice([None, 0, 1, 2, 5]), rng.choice([None, 1, 2, 3, 10])
        sql = ' limit %d offset %d' % (-1 if take is None else take, skip or 0)
        return sql, ('' if skip is None else ' skip %d' % skip) + ('' if take is None else ' take %d' % take)

    def shape(self, exprs):
        """How a row is written: the Mochi of `select`, and the shape's name."""
        shape = self.rng.choice(['scalar', 'list'] if len(exprs) == 1 else ['list', 'list', 'record'])
        if shape == 'scalar':
            return shape, exprs[0].mochi
        if shape == 'list':
            return shape, '[%s]' % ', '.join(e.mochi for e in exprs)
        return shape, '{ %s }' % ', '.join('c%d: %s' % (at, e.mochi) for at, e in enumerate(exprs))

    def printed(self, query, shape, exprs, sql, before=()):
        lines, expect = sql_output.printed(self.rng, 'result%d' % self.count, query, shape, exprs)
        return Statement(sql, lines, expect, before)

    def sources(self):
        """Sources, one of which may be a query in parentheses, and the SQL that makes it."""
        if self.rng.random() < 0.85:
            return Sources(self.maker, self.tables), []
        create, query, table = self.derived()
        table.name = '(%s)' % query
        return Sources(self.maker, [table] + self.tables[:1], False), [create]

    def select(self):
        rng = self.rng
        sources, before = self.sources()
        where = self.where(sources)
        distinct = rng.random() < 0.2
        exprs = self.outputs(sources.scope, distinct)
        keys = rng.sample(exprs, rng.randint(0, len(exprs))) if distinct or rng.random() < 0.5 else self.outputs(sources.scope, most=3, kinds=('int', 'float', 'text'))
        if rng.random() < 0.25:
            keys = []
        order, sort = self.sorted_by(keys)
        limit, cut = self.cut()
        columns = ', '.join(e.sql for e in exprs)
        if distinct:
            sql = 'select %s from %s%s group by %s order by %s%s' % (columns, sources.sql, where[0], ', '.join(map(by_value, exprs)), ', '.join(order + ['min(%s)' % sources.position]), limit)
        else:
            sql = 'select %s from %s%s order by %s%s' % (columns, sources.sql, where[0], ', '.join(order + [sources.position]), limit)
        shape, row = self.shape(exprs)
        if not (distinct or keys or cut) and ' join ' not in sources.mochi and rng.random() < 0.3:
            return self.by_loops(sources, where, row, shape, exprs, sql, before)
        query = '%s%s%s%s select %s%s' % (sources.mochi, where[1], sort, cut, 'distinct ' if distinct else '', row)
        return self.printed(query, shape, exprs, sql, before)

    def by_loops(self, sources, where, row, shape, exprs, sql, before):
        """The same by statements."""
        name = 'list%d' % self.count
        heads = ['for ' + part for part in sources.mochi.removeprefix('from ').split(' from ')]
        if any('(' in head for head in heads):
            heads = ['for ' + sources.mochi.removeprefix('from ')]
        if where[1]:
            heads.append('if ' + where[1].removeprefix(' where '))
        lines = ['var %s = []' % name] + ['  ' * at + head + ' {' for at, head in enumerate(heads)]
        lines.append('  ' * len(heads) + '%s = append(%s, %s)' % (name, name, row))
        lines += ['  ' * at + '}' for at in reversed(range(len(heads)))]
        found = self.printed(name, shape, exprs, sql, before)
        found.mochi = lines + found.mochi
        return found

    # ---- groups ----

    def items(self, sources, x):
        """The scope inside a group: its rows are named otherwise."""
        if len(sources.scope) == 1:
            v, table, missing = sources.scope[0]
            return [((v, x), table, missing)]
        return [((v, '%s.%s' % (x, v)), table, missing) for v, table, missing in sources.scope]

    def aggregates(self, sources, over, where=''):
        """Columns that are aggregates: of a group (`over` is `g`), or of a whole query."""
        rng, maker, found = self.rng, self.maker, []
        for _ in range(rng.randint(2, 4)):
            x = rng.choice(['x', 'it', 'e_'])
            scope = self.items(sources, x) if over else sources.scope
            head = 'from %s in %s' % (x, over) if over else sources.mochi + where
            way = rng.random()
            if way < 0.2:
                found.append(Expr('int', 'count(*)', rng.choice(['count(%s)', 'len(%s)']) % over if over else 'count(%s select %s)' % (head, sources.names[0])))
                continue
            if way < 0.35 and over:
                c = maker.condition(scope, 1)
                found.append(Expr('int', 'sum(case when %s then 1 else 0 end)' % c.sql, 'count(%s where %s select %s)' % (head, c.yes[0], x)))
                continue
            if way < 0.45:
                e = maker.column(scope, rng.choice(['int', 'text']))
                if e and not e.mixed:
                    values = '%s%s select %s' % (head, (' where %s != none' if over or not where else ' && %s != none') % e.mochi, e.mochi)
                    if over or not where:
                        found.append(Expr('int', 'count(distinct %s)' % e.sql, 'count(distinct(%s))' % values))
                        continue
            f, kind = rng.choice(['sum', 'sum', 'min', 'max', 'avg']), rng.choice(['int', 'int', 'float'])
            e = maker.summable(kind, scope, 2)
            c = maker.condition(scope, 1) if over and rng.random() < 0.2 else None
            sql = 'coalesce(%s(%s), 0)' % (f, 'case when %s then %s end' % (c.sql, e.sql) if c else e.sql)
            mochi = '%s(%s%s select %s)' % (f, head, ' where ' + c.yes[0] if c else '', e.mochi)
            found.append(Expr('float' if f == 'avg' else kind, sql, mochi, 8, False, e.bound * (500 if f == 'sum' else 1), f != 'avg' and e.exact, f == 'avg' or kind == 'float'))
        return found

    def grouped(self):
        rng = self.rng
        sources, before = self.sources()
        where = self.where(sources, 0.5)
        keys, clause = self.group_keys(sources)
        g = rng.choice(['g', 'grp', 'gr'])
        for key, path in zip(keys, self.key_paths(keys, clause)):
            key.mochi, key.level = g + path, 8
        columns = keys + self.aggregates(sources, g)
        group = Table(g, [])
        group.columns = [PseudoColumn(e) for e in columns]
        scope = [(None, group, False)]
        having = ('', '')
        if rng.random() < 0.35:
            c = self.maker.condition(scope, 1)
            having = ' having ' + c.sql, ' having ' + c.yes[0]
        exprs = [rng.choice(columns) for _ in range(rng.randint(1, 3))] if rng.random() < 0.6 else self.outputs(scope)
        order, sort = self.sorted_by(rng.sample(exprs, rng.randint(0, len(exprs))) if rng.random() < 0.7 else [rng.choice(columns)])
        limit, cut = self.cut()
        sql = 'select %s from %s%s group by %s%s order by %s%s' % (
            ', '.join(e.sql for e in exprs), sources.sql, where[0], ', '.join(by_value(e) for e in keys), having[0], ', '.join(order + ['min(%s)' % sources.position]), limit)
        shape, row = self.shape(exprs)
        query = '%s%s group by %s into %s%s%s%s select %s' % (sources.mochi, where[1], clause, g, having[1], sort, cut, row)
        return self.printed(query, shape, exprs, sql, before)

    def group_keys(self, sources):
        """Key expressions and the Mochi of `group by`."""
        rng, maker = self.rng, self.maker
        keys = []
        while len(keys) < rng.choice([1, 1, 1, 2, 2, 3]):
            kind = rng.choice(['int', 'int', 'text', 'float', 'bool'])
            e = maker.column(sources.scope, kind) if rng.random() < 0.6 else maker.value(kind, sources.scope, 2)
            if e and not e.mixed and not (e.kind == 'float' and not e.exact):
                keys.append(e)
        if len(keys) == 1:
            return keys, keys[0].mochi
        names = [e.mochi.split('.')[-1] for e in keys]
        plain = all(re.fullmatch(r'[a-z_]\w*\.\w+', e.mochi) for e in keys)
        if plain and len(set(names)) == len(names) and not set(names) & {'key', 'count'} and rng.random() < 0.6:
            return keys, ', '.join(e.mochi for e in keys)
        return keys, '{ %s }' % ', '.join('k%d: %s' % (at, e.mochi) for at, e in enumerate(keys))

    def key_paths(self, keys, clause):
        if len(keys) == 1:
            return ['.key']
        if clause.startswith('{'):
            return ['.key.k%d' % at for at in range(len(keys))]
        names = [e.mochi.split('.')[-1] for e in keys]
        return [self.rng.choice(['.key.%s', '.%s']) % name if name not in ('items', 'key', 'count') else '.key.%s' % name for name in names]

    # ---- the rest ----

    def totals(self):
        rng = self.rng
        sources = Sources(self.maker, self.tables)
        where = self.where(sources)
        if rng.random() < 0.25:
            f, e = rng.choice(['sum', 'avg', 'min', 'max']), self.maker.summable('int', sources.scope, 2)
            out = Expr('int', 'coalesce(%s(%s), 0)' % (f, e.sql), '%s%s select %s(%s)' % (sources.mochi, where[1], f, e.mochi))
            lines, expect = ['let result%d = %s' % (self.count, out.mochi), 'print(result%d)' % self.count], sql_output.scalars
            return Statement('select %s from %s%s' % (out.sql, sources.sql, where[0]), lines, expect)
        columns = self.aggregates(sources, None, where[1])
        group = Table('g', [])
        group.columns = [PseudoColumn(e) for e in columns]
        exprs = columns[:3] if rng.random() < 0.5 else self.outputs([(None, group, False)])
        sql = 'select %s from %s%s' % (', '.join(e.sql for e in exprs), sources.sql, where[0])
        # SQLite takes a select without an aggregate for one of rows.
        if not any(f in e.sql for e in exprs for f in ('count(*)', 'coalesce(')):
            return self.totals()
        return self.values('select %s from (%s) limit 1' % ('*', sql.replace('select ', 'select count(*) as n_, ', 1)), exprs, 1)

    def values(self, sql, exprs, drop=0):
        """Expressions printed one by one, or together."""
        name, rng = 'result%d' % self.count, self.rng
        if rng.random() < 0.5:
            return Statement(sql, ['print(%s)' % ', '.join(e.mochi for e in exprs)], lambda rows: sql_output.together(sql_output.converted([row[drop:] for row in rows], exprs)))
        lines = []
        for at, e in enumerate(exprs):
            lines += ['%s %s_%d = %s' % (rng.choice(['let', 'var']), name, at, e.mochi), 'print(%s_%d)' % (name, at)]
        return Statement(sql, lines, lambda rows: sql_output.apart(sql_output.converted([row[drop:] for row in rows], exprs)))

    def constants(self):
        exprs = self.outputs([])
        return self.values('select ' + ', '.join(e.sql for e in exprs), exprs)

    def combined(self):
        rng, width = self.rng, self.rng.choice([1, 1, 2])
        kinds = [rng.choice(['int', 'int', 'text', 'float']) for _ in range(width)]
        shape = 'scalar' if width == 1 and rng.random() < 0.7 else rng.choice(['list', 'record'])
        parts, all_exprs = [], []
        for _ in range(2):
            sources = Sources(self.maker, self.tables)
            where = self.where(sources)
            exprs = []
            while len(exprs) < width:
                e = self.maker.value(kinds[len(exprs)], sources.scope, 2)
                if not e.mixed:
                    exprs.append(e)
            all_exprs += exprs
            row = exprs[0].mochi if shape == 'scalar' else '[%s]' % ', '.join(e.mochi for e in exprs) if shape == 'list' else '{ %s }' % ', '.join('c%d: %s' % (at, e.mochi) for at, e in enumerate(exprs))
            parts.append(('select %s from %s%s' % (', '.join('%s as c%d' % (e.sql, at) for at, e in enumerate(exprs)), sources.sql, where[0]),
                          '(%s%s select %s)' % (sources.mochi, where[1], row)))
        op = rng.choice(['union', 'union all', 'intersect', 'except'])
        order = ', '.join('c%d nulls last' % at for at in range(width))
        sql = 'select * from (%s %s %s) order by %s' % (parts[0][0], op, parts[1][0], order)
        # EXCEPT gives each row once, `except` all of them.
        once = 'distinct ' if op == 'except' else ''
        v = rng.choice(['v', 'row', 'z'])
        query = 'from %s in (%s %s %s) sort by %s select %s%s' % (v, parts[0][1], op, parts[1][1], v, once, v)
        return self.printed(query, shape, all_exprs[:width], sql)

    def derived(self):
        """A query whose rows are records: the SQL that keeps them, the Mochi, and the table that they make."""
        self.maker.next += 1
        name = 'v%d' % self.maker.next
        sources = Sources(self.maker, self.tables)
        where = self.where(sources, 0.5)
        exprs = self.outputs(sources.scope, kinds=('int', 'int', 'text', 'float')) + [self.maker.value('int', sources.scope, 1)]
        columns = []
        for at, e in enumerate(exprs):
            column = Column('c%d' % at, e.kind, e.null, e.mixed, False)
            column.bound, column.exact = e.bound, e.exact
            columns.append(column)
        sql = 'create table %s as select %s from %s%s order by %s' % (name, ', '.join('%s as c%d' % (e.sql, at) for at, e in enumerate(exprs)), sources.sql, where[0], sources.position)
        query = '%s%s select { %s }' % (sources.mochi, where[1], ', '.join('c%d: %s' % (at, e.mochi) for at, e in enumerate(exprs)))
        return sql, query, Table(name, columns)

    def view(self):
        sql, query, table = self.derived()
        self.tables.append(table)
        sample = Statement('select count(*) from ' + table.name, ['let %s = %s' % (table.name, query), 'print(count(%s))' % table.name], sql_output.scalars, [sql])
        return sample

    def change(self):
        table = self.rng.choice([t for t in self.tables if t.rows or t.form])
        table = table if table.name.startswith('t') else self.tables[0]
        sql, mochi = changed(self.rng, table, self.maker)
        columns = [c.name for c in table.columns]
        lines = [mochi, 'for row in %s { print(%s) }' % (table.name, ', '.join('row.' + c for c in columns))]
        return Statement('select %s from %s order by rowid' % (', '.join(columns), table.name), lines, sql_output.together, [sql])


class PseudoColumn:
    """An expression that later ones use like a column."""
    def __init__(self, e):
        self.kind, self.sql, self.mochi, self.level = e.kind, e.sql, e.mochi, e.level
        self.null, self.bound, self.exact, self.mixed, self.name, self.typed = e.null, e.bound, e.exact, e.mixed, '', True
