"""Random expressions and conditions, each written twice: as SQL and as Mochi.

Where the two languages differ the translation follows LANGUAGE:
- A comparison with NULL is unknown in SQL and false here, and `none == none` is true. A condition is made in one of two ways. *Guarded*: the
  SQL is plain, the Mochi true exactly where the SQL is true, with `!= none` where it is needed, and NOT pushed inwards. *Bare*: the
  Mochi is plain, the SQL says `is` for `==` and `ifnull(a < b, 0)` for the rest.
- Division by 0 is NULL in SQL and an error here: divisors are literals, or guarded.
- Aggregates of nothing are 0 here and NULL in SQL: `coalesce(sum(x), 0)`.
- `int` and `as int` make 0 of none, `len` too.
- SQLite may add floats in another order of rounding: what is summed up is a multiple of 1/8 and small, so that every sum is exact.
- No expression makes -0.0, which SQL does not tell from 0.
"""


class Expr:
    """`kind` is int, float, text or bool. `level` binds the Mochi text: 8 postfix, 7 unary, 6 product, 5 sum, 4 order, 3 equality, 2 and,
    1 or, 0 `??`, -1 if. `null`: whether it can be NULL. `bound`: the largest magnitude. `exact`: whether sums of it are exact.
    `mixed`: whether ints stand among its floats."""
    __slots__ = ('kind', 'sql', 'mochi', 'level', 'null', 'bound', 'exact', 'mixed')

    def __init__(self, kind, sql, mochi, level=8, null=False, bound=100, exact=True, mixed=False):
        self.kind, self.sql, self.mochi, self.level = kind, sql, mochi, level
        self.null, self.bound, self.exact, self.mixed = null, bound, exact, mixed


class Cond:
    """`yes` is Mochi that is true where the SQL is true, `no` where the SQL is false; each with its level."""
    __slots__ = ('sql', 'yes', 'no')

    def __init__(self, sql, yes, no):
        self.sql, self.yes, self.no = sql, yes, no


OPPOSITE = {'<': '>=', '<=': '>', '>': '<=', '>=': '<'}
WORDS = ['ash', 'birch', 'elm', 'fir', 'oak', 'pine', 'a', '', 'Ash', 'fir tree', '7', 'o%k']


def quote(s):
    return "'" + s.replace("'", "''") + "'"


def literal(s):
    return '"' + s.replace('\\', '\\\\').replace('"', '\\"') + '"'


class Maker:
    """Makes expressions over the variables in scope: `scope` is a list of (variable, table, whether a row may be missing)."""
    def __init__(self, rng, tables, bare):
        self.rng, self.tables, self.bare, self.next = rng, tables, bare, 0
        # `&&` and `||` give an operand: as a value, both must be bools.
        self.only_truth = False

    def fresh(self):
        self.next += 1
        return self.rng.choice(['x', 'y', 'sub', 'z', 'inner_']) + str(self.next)

    def within(self, e, level):
        """The Mochi text where at least `level` must bind it; sometimes with parentheses that nobody needs."""
        text, own = (e.mochi, e.level) if isinstance(e, Expr) else e
        return '(%s)' % text if own < level or (own < 8 and self.rng.random() < 0.25) else text

    # ---- values ----

    def columns(self, scope, kind):
        return [(v, c, missing) for v, table, missing in scope for c in table.columns if c.kind == kind]

    def column(self, scope, kind):
        found = self.columns(scope, kind)
        if not found:
            return None
        v, c, missing = self.rng.choice(found)
        if v is None:
            return Expr(kind, c.sql, c.mochi, c.level, c.null, c.bound, c.exact, c.mixed)
        # The rows of a group have another name in Mochi.
        sql, mochi = v if isinstance(v, tuple) else (v, v)
        way = self.rng.random()
        text = '%s["%s"]' % (mochi, c.name) if way < 0.04 and not c.typed else '%s?.%s' % (mochi, c.name) if way < 0.06 else '%s.%s' % (mochi, c.name)
        return Expr(kind, '%s.%s' % (sql, c.name), text, 8, c.null or missing, c.bound, c.exact, c.mixed)

    def constant(self, kind):
        rng = self.rng
        if kind == 'int':
            n = rng.choice([0, 1, 2, 3, 5, 7, 10, rng.randint(0, 130)])
            if rng.random() < 0.25:
                return Expr('int', '(-%d)' % n, '-%d' % n, 7, bound=n)
            return Expr('int', str(n), str(n), bound=n)
        if kind == 'float':
            x = rng.randint(1, 80) / 4
            return Expr('float', '%r' % x, '%r' % x, bound=20)
        if kind == 'bool':
            yes = rng.random() < 0.5
            return Expr('bool', str(int(yes)), 'true' if yes else 'false')
        s = rng.choice(WORDS)
        return Expr('text', quote(s), literal(s))

    def value(self, kind, scope, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.3:
            e = self.column(scope, kind) if rng.random() < 0.8 else None
            return e or self.constant(kind)
        ways = {'int': self.whole, 'float': self.real, 'text': self.words, 'bool': self.truth}
        if kind != 'bool' and rng.random() < 0.3:
            return self.choice(kind, scope, depth)
        return ways[kind](scope, depth - 1)

    def whole(self, scope, depth):
        rng, way = self.rng, self.rng.random()
        if way < 0.5:
            return self.arithmetic('int', scope, depth)
        if way < 0.6:
            return self.divided(scope, depth)
        if way < 0.66:
            a = self.value('int', scope, depth)
            return Expr('int', '(-%s)' % a.sql, '-' + self.within(a, 8), 7, a.null, a.bound)
        if way < 0.72:
            return self.magnitude(self.value('int', scope, depth), 'int')
        if way < 0.78:
            s = self.value('text', scope, depth)
            return Expr('int', 'coalesce(length(%s), 0)' % s.sql, 'len(%s)' % s.mochi, bound=100)
        if way < 0.82:
            x = self.value('float', scope, depth)
            return Expr('int', 'coalesce(cast(%s as integer), 0)' % x.sql, rng.choice(['(%s as int)', 'int(%s)']) % self.cast_operand(x), bound=x.bound)
        return self.aggregate('int', scope, depth)

    def cast_operand(self, x):
        return self.within(x, 8)

    def real(self, scope, depth):
        way = self.rng.random()
        if way < 0.5:
            return self.arithmetic('float', scope, depth)
        if way < 0.6:
            a, n = self.value('float', scope, depth), self.rng.choice(['2.0', '4.0', '3', '0.5', '10.0'])
            # An int among the floats is divided as an int, by an int, in both languages.
            return Expr('float', '(%s / %s)' % (a.sql, n), '%s / %s' % (self.within(a, 6), n), 6, a.null, a.bound * 2, False, a.mixed)
        if way < 0.68:
            n = self.value('int', scope, depth)
            if n.null:
                return Expr('float', 'coalesce(cast(%s as real), 0.0)' % n.sql, '(%s as float)' % self.within(n, 8), bound=n.bound)
            return Expr('float', 'cast(%s as real)' % n.sql, '(%s as float)' % self.within(n, 8), bound=n.bound)
        return self.aggregate('float', scope, depth)

    def arithmetic(self, kind, scope, depth):
        rng = self.rng
        a = self.value(kind if rng.random() < 0.85 or kind == 'int' else 'int', scope, depth)
        b = self.value(kind, scope, depth)
        op = rng.choice('++--*')
        if op == '*' and kind == 'float':
            b = self.constant('float')
        if op == '*' and a.bound * b.bound > 1e6:
            op = '-'
        bound = a.bound * b.bound if op == '*' else a.bound + b.bound
        level = 6 if op == '*' else 5
        null, exact, mixed = a.null or b.null, a.exact and b.exact and bound < 1e7 and (op != '*' or a.bound <= 100), a.mixed or (b.mixed and a.kind == 'int')
        mixed = mixed or (b.mixed and a.mixed)
        return Expr(kind, '(%s %s %s)' % (a.sql, op, b.sql), '%s %s %s' % (self.within(a, level), op, self.within(b, level + 1)), level, null, bound, exact, mixed and op != '/')

    def divided(self, scope, depth):
        rng = self.rng
        a, op = self.value('int', scope, depth), rng.choice('/%')
        if rng.random() < 0.6:
            n = rng.choice([2, 3, 5, 7, -2, -3])
            return Expr('int', '(%s %s %d)' % (a.sql, op, n), '%s %s %s' % (self.within(a, 6), op, n if rng.random() < 0.5 or n < 0 else '(%d)' % n), 6, a.null, a.bound + 7)
        b = self.column(scope, 'int') or self.constant('int')
        return Expr('int', '(case when %s = 0 then null else %s %s %s end)' % (b.sql, a.sql, op, b.sql),
                    'if %s == 0 then none else %s %s %s' % (self.within(b, 4), self.within(a, 6), op, self.within(b, 7)), -1, True, a.bound + b.bound)

    def magnitude(self, a, kind):
        if a.null or self.rng.random() < 0.5:
            return Expr(kind, 'abs(%s)' % a.sql, 'if %s < 0 then -%s else %s' % (self.within(a, 5), self.within(a, 8), self.within(a, 5)), -1, a.null, a.bound)
        return Expr(kind, 'abs(%s)' % a.sql, 'abs(%s)' % a.mochi, 8, a.null, a.bound)

    def words(self, scope, depth):
        rng, way = self.rng, self.rng.random()
        a = self.value('text', scope, depth)
        if way < 0.4:
            b = self.value('text', scope, depth)
            return Expr('text', '(%s || %s)' % (a.sql, b.sql), '%s + %s' % (self.within(a, 5), self.within(b, 6)), 5, a.null or b.null)
        if way < 0.55:
            n = self.value('int', scope, depth)
            if n.null:
                n = self.other(n, self.constant('int'))
            return Expr('text', 'cast(%s as text)' % n.sql, 'str(%s)' % n.mochi)
        a = self.other(a, Expr('text', "''", '""')) if a.null else a
        if way < 0.7:
            f = rng.choice(['upper', 'lower'])
            return Expr('text', '%s(%s)' % (f, a.sql), '%s(%s)' % (f, a.mochi))
        low, n = rng.randint(0, 3), rng.randint(0, 4)
        form = rng.choice(['substring(%s, %d, %d)' % (a.mochi, low, low + n), '%s[%d:%d]' % (self.within(a, 8), low, low + n)])
        return Expr('text', 'substr(%s, %d, %d)' % (a.sql, low + 1, n), form)

    def other(self, a, b):
        """coalesce(a, b)"""
        return Expr(a.kind, 'coalesce(%s, %s)' % (a.sql, b.sql), '(%s ?? %s)' % (self.within(a, 1), self.within(b, 1)), 8, b.null,
                    max(a.bound, b.bound), a.exact and b.exact, a.mixed or b.mixed)

    def choice(self, kind, scope, depth):
        rng, way = self.rng, self.rng.random()
        a, b = self.value(kind, scope, depth - 1), self.value(kind, scope, depth - 1)
        null, bound, exact, mixed = a.null or b.null, max(a.bound, b.bound), a.exact and b.exact, a.mixed or b.mixed
        if way < 0.25:
            return self.other(a, b)
        if way < 0.32:
            return Expr(kind, 'nullif(%s, %s)' % (a.sql, b.sql), 'if %s == %s then none else %s' % (self.within(a, 4), self.within(b, 4), self.within(a, 0)),
                        -1, True, a.bound, a.exact, a.mixed)
        if way < 0.5 and depth > 1:
            return self.matched(kind, scope, depth, a, b)
        c = self.condition(scope, depth - 1)
        if way < 0.56:
            form = rng.choice(['if %s then %s else none', 'if %s { %s } else { none }', 'if %s { %s }'])
            return Expr(kind, '(case when %s then %s end)' % (c.sql, a.sql), form % (c.yes[0], a.mochi), -1, True, a.bound, a.exact, a.mixed)
        if way < 0.66 and depth > 1:
            d, e = self.condition(scope, depth - 1), self.value(kind, scope, depth - 2)
            form = rng.choice(['if %s then %s else if %s then %s else %s', 'if %s { %s } else if %s { %s } else { %s }'])
            return Expr(kind, '(case when %s then %s when %s then %s else %s end)' % (c.sql, a.sql, d.sql, b.sql, e.sql),
                        form % (c.yes[0], self.within(a, 0), d.yes[0], self.within(b, 0), self.within(e, 0)), -1, null or e.null,
                        max(bound, e.bound), exact and e.exact, mixed or e.mixed)
        form = rng.choice(['if %s then %s else %s', 'if %s { %s } else { %s }'])
        return Expr(kind, '(case when %s then %s else %s end)' % (c.sql, a.sql, b.sql), form % (c.yes[0], self.within(a, 0), self.within(b, 0)), -1, null, bound, exact, mixed)

    def matched(self, kind, scope, depth, a, b):
        """CASE x WHEN 1 THEN ..."""
        rng = self.rng
        of = rng.choice(['int', 'text'])
        x = self.value(of, scope, depth - 2)
        arms = sorted({rng.randint(0, 9) if of == 'int' else rng.choice(WORDS) for _ in range(rng.randint(1, 3))})
        sql, mochi, bound, exact, mixed, null = '', '', b.bound, b.exact, b.mixed, b.null
        for key in arms:
            e = self.value(kind, scope, depth - 2)
            sql += ' when %s then %s' % (key if of == 'int' else quote(key), e.sql)
            mochi += ' %s => %s' % (key if of == 'int' else literal(key), e.mochi)
            bound, exact, mixed, null = max(bound, e.bound), exact and e.exact, mixed or e.mixed, null or e.null
        return Expr(kind, '(case %s%s else %s end)' % (x.sql, sql, b.sql), '(match %s {%s _ => %s })' % (x.mochi, mochi, b.mochi), 8, null, bound, exact, mixed)

    def truth(self, scope, depth):
        was, self.bare, self.only_truth = (self.bare, self.only_truth), True, True
        c = self.condition(scope, depth)
        self.bare, self.only_truth = was
        return Expr('bool', c.sql, c.yes[0], c.yes[1])

    # ---- subqueries ----

    def table_scope(self):
        table = self.rng.choice(self.tables)
        return self.fresh(), table

    def inner(self, scope, depth, correlated=0.5):
        """FROM and WHERE of a subquery: SQL, Mochi, its own scope."""
        v, table = self.table_scope()
        own = [(v, table, False)]
        sql, mochi = 'from %s as %s' % (table.sql_name, v), 'from %s in %s' % (v, table.name)
        if self.rng.random() < 0.75:
            named = [entry for entry in scope if entry[0] is not None]
            c = self.condition(own + (named if self.rng.random() < correlated else []), min(depth, 1))
            sql, mochi = sql + ' where ' + c.sql, mochi + ' where ' + c.yes[0]
        return sql, mochi, own, v

    def aggregate(self, kind, scope, depth):
        """A scalar subquery."""
        rng = self.rng
        sql, mochi, own, v = self.inner(scope, depth)
        way = rng.random()
        if kind == 'int' and way < 0.35:
            return Expr('int', '(select count(*) %s)' % sql, '%s(%s select %s)' % (rng.choice(['count', 'count', 'len']), mochi, v))
        if kind == 'float' and way < 0.4:
            x = self.summable(rng.choice(['int', 'float']), own, min(depth, 1))
            return Expr('float', 'coalesce((select avg(%s) %s), 0)' % (x.sql, sql), 'avg(%s select %s)' % (mochi, x.mochi), 8, False, x.bound, False, True)
        x = self.summable(kind, own, min(depth, 1))
        f = rng.choice(['sum', 'min', 'max'])
        return Expr(kind, 'coalesce((select %s(%s) %s), 0)' % (f, x.sql, sql), '%s(%s select %s)' % (f, mochi, x.mochi), 8, False,
                    x.bound * (60 if f == 'sum' else 1), x.exact, kind == 'float')

    def summable(self, kind, scope, depth):
        for _ in range(6):
            e = self.value(kind, scope, depth)
            if e.exact and e.bound < 1e5:
                return e
        return self.constant(kind)

    # ---- conditions ----

    def condition(self, scope, depth):
        rng, way = self.rng, self.rng.random()
        if depth > 0 and way < 0.3:
            a, b = self.condition(scope, depth - 1), self.condition(scope, depth - 1)
            if rng.random() < 0.5:
                return Cond('(%s and %s)' % (a.sql, b.sql), self.both(a.yes, b.yes), self.either(a.no, b.no))
            return Cond('(%s or %s)' % (a.sql, b.sql), self.either(a.yes, b.yes), self.both(a.no, b.no))
        if depth > 0 and way < 0.4:
            a = self.condition(scope, depth - 1)
            if self.bare:
                return Cond('(not %s)' % a.sql, self.negated(a.yes), a.yes)
            return Cond('(not %s)' % a.sql, a.no, a.yes)
        if way < 0.5:
            return self.is_null(scope, depth)
        if way < 0.6:
            return self.between(scope, depth)
        if way < 0.7:
            return self.in_list(scope, depth)
        if way < 0.76 and depth > 0:
            return self.exists(scope, depth)
        if way < 0.8 and depth > 0:
            return self.in_query(scope, depth)
        if way < 0.86:
            return self.like(scope, depth)
        if way < 0.88 and not self.only_truth:
            return self.number(scope, depth)
        return self.comparison(scope, depth)

    def both(self, a, b):
        return '%s && %s' % (self.within(a, 2), self.within(b, 3)), 2

    def either(self, a, b):
        return '%s || %s' % (self.within(a, 1), self.within(b, 2)), 1

    def negated(self, a):
        return '!' + self.within(a, 8), 7

    def plain(self, sql, mochi, level):
        """A condition that is never unknown."""
        return Cond(sql, (mochi, level), self.negated((mochi, level)))

    def operand(self, scope, depth, kind):
        return self.value(kind, scope, min(depth, 2))

    def comparison(self, scope, depth):
        rng = self.rng
        kind = rng.choice(['int', 'int', 'int', 'float', 'text'])
        a, b = self.operand(scope, depth, kind), self.operand(scope, depth, kind)
        op = rng.choice(['<', '<=', '>', '>=', '==', '!='])
        if op in OPPOSITE:
            yes = '%s %s %s' % (self.within(a, 5), op, self.within(b, 5)), 4
            if self.bare:
                return self.plain('ifnull(%s %s %s, 0)' % (a.sql, op, b.sql), *yes)
            return Cond('(%s %s %s)' % (a.sql, op, b.sql), yes, ('%s %s %s' % (self.within(a, 5), OPPOSITE[op], self.within(b, 5)), 4))
        if self.bare:
            return self.plain('(%s %s %s)' % (a.sql, 'is' if op == '==' else 'is not', b.sql), '%s %s %s' % (self.within(a, 4), op, self.within(b, 4)), 3)
        known = [e for e in (a, b) if e.null]
        same, differ = self.guarded(a, '==', b, known[:1]), self.guarded(a, '!=', b, known)
        sql = '(%s %s %s)' % (a.sql, '=' if op == '==' else '<>', b.sql)
        return Cond(sql, same, differ) if op == '==' else Cond(sql, differ, same)

    def guarded(self, a, op, b, known):
        test = '%s %s %s' % (self.within(a, 4), op, self.within(b, 4)), 3
        for e in known:
            other = '%s != none' % self.within(e, 4), 3
            test = self.both(test, other) if self.rng.random() < 0.5 else self.both(other, test)
        return test

    def is_null(self, scope, depth):
        a = self.operand(scope, depth, self.rng.choice(['int', 'float', 'text']))
        word = self.rng.choice(['none', 'none', 'none', 'null', 'nil'])
        is_none, some = ('%s == %s' % (self.within(a, 4), word), 3), ('%s != %s' % (self.within(a, 4), word), 3)
        if self.rng.random() < 0.5:
            return Cond('(%s is null)' % a.sql, is_none, some)
        return Cond('(%s is not null)' % a.sql, some, is_none)

    def between(self, scope, depth):
        rng = self.rng
        kind = rng.choice(['int', 'int', 'float'])
        a = self.operand(scope, depth, kind)
        low = rng.randint(-10, 120)
        high = low + rng.randint(0, 60)
        low, high = (str(low), str(high)) if kind == 'int' else ('%d.5' % low, '%d.0' % high)
        yes = '%s >= %s && %s <= %s' % (self.within(a, 5), low, self.within(a, 5), high), 2
        if self.bare:
            return self.plain('ifnull(%s between %s and %s, 0)' % (a.sql, low, high), *yes)
        no = '%s < %s || %s > %s' % (self.within(a, 5), low, self.within(a, 5), high), 1
        return Cond('(%s between %s and %s)' % (a.sql, low, high), yes, no) if rng.random() < 0.6 else Cond('(%s not between %s and %s)' % (a.sql, low, high), no, yes)

    def member(self, a, sql, mochi, negative):
        """`sql` holds no NULL."""
        yes, no = ('%s in %s' % (self.within(a, 4), mochi), 3), ('!(%s in %s)' % (self.within(a, 4), mochi), 7)
        if self.bare:
            return self.plain('ifnull(%s in %s, 0)' % (a.sql, sql), *yes)
        if a.null:
            no = self.both(('%s != none' % self.within(a, 4), 3), no)
        return Cond('(%s not in %s)' % (a.sql, sql), no, yes) if negative else Cond('(%s in %s)' % (a.sql, sql), yes, no)

    def in_list(self, scope, depth):
        rng = self.rng
        kind = rng.choice(['int', 'int', 'text'])
        a = self.operand(scope, depth, kind)
        items = [self.constant(kind) for _ in range(rng.randint(1, 5))]
        if kind == 'int' and rng.random() < 0.3:
            items += [Expr('int', str(n), str(n)) for n in rng.sample(range(95, 130), 8)]
        return self.member(a, '(%s)' % ', '.join(e.sql for e in items), '[%s]' % ', '.join(e.mochi for e in items), rng.random() < 0.4)

    def in_query(self, scope, depth):
        rng = self.rng
        v, table = self.table_scope()
        kind = rng.choice(['int', 'text'])
        x, a = self.column([(v, table, False)], kind), self.operand(scope, depth - 1, kind)
        if x is None:
            return self.exists(scope, depth)
        if a.null:
            a = self.other(a, self.constant(kind))
        sql, mochi = '(select %s from %s as %s where %s is not null)', '(from %s in %s where %s != none select %s)'
        return self.member(a, sql % (x.sql, table.sql_name, v, x.sql), mochi % (v, table.name, x.mochi, x.mochi), rng.random() < 0.4)

    def exists(self, scope, depth):
        sql, mochi, _, v = self.inner(scope, depth - 1, 0.9)
        test = 'exists(%s select %s)' % (mochi, v), 8
        if self.rng.random() < 0.3:
            test = 'count(%s select %s) > 0' % (mochi, v), 4
        found = Cond('exists(select 1 %s)' % sql, test, self.negated(test))
        return found if self.rng.random() < 0.7 else Cond('(not %s)' % found.sql, found.no, found.yes)

    def like(self, scope, depth):
        rng = self.rng
        a = self.operand(scope, depth, 'text')
        part = rng.choice(['a', 'ir', 'o', 'fir', 'pine', 'A'])
        if a.null:
            a = self.other(a, Expr('text', "''", '""'))
        if rng.random() < 0.5:
            form = rng.choice(['contains(%s, %s)' % (a.mochi, literal(part)), '%s.contains(%s)' % (self.within(a, 8), literal(part))])
            return self.plain('(instr(%s, %s) > 0)' % (a.sql, quote(part)), form, 8)
        form = rng.choice(['%s.starts_with(%s)' % (self.within(a, 8), literal(part)), 'substring(%s, 0, %d) == %s' % (a.mochi, len(part), literal(part))])
        return self.plain('(substr(%s, 1, %d) = %s)' % (a.sql, len(part), quote(part)), form, 3)

    def number(self, scope, depth):
        """A number as a condition: what is not 0."""
        a = self.operand(scope, depth, 'int')
        if self.bare:
            return self.plain('(%s is not null and %s <> 0)' % (a.sql, a.sql), a.mochi, a.level)
        return Cond('(%s)' % a.sql, (a.mochi, a.level), ('%s == 0' % self.within(a, 4), 3))
