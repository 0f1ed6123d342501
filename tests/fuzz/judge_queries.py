"""The judge's queries: rows go one at a time through sources, joins and `where`, as a loop in a loop would do it.

What is left open by LANGUAGE and shown by functions that print or change something is decided in docs/decisions.md: the source of a
join that uses no variable of the query is evaluated once, when a row first needs it; an outer join has all rows on its left first.
"""
from functools import cmp_to_key
import library
from scopes import Scope
from values import Group, Map, Unjudged, Zero, sort_key_compare, str_text


def mentions(node, variables):
    """Whether the text of an expression uses one of the variables."""
    return node.kind == 'ref' and node.data in variables or any(mentions(kid, variables) for kid in node.kids)


def walked(values):
    """The elements of a list as a loop sees them: as many as there are at the start, each as it is when its turn comes."""
    for at in range(len(values)):
        yield values[at]


class Queries:
    """Needs of its heir: `ev(node, scope)`, `all(nodes, scope)`, `step(cost)`, `tag`."""

    def ev_query(self, n, s):
        sources = [clause for clause in n.kids if clause.kind in ('from', 'join')]
        variables = [clause.data if clause.kind == 'from' else clause.data[1] for clause in sources]
        named = {clause.kind: clause for clause in n.kids[len(sources):]}
        rows = self.rows(sources, variables, s)
        if 'where' in named:
            rows = self.kept(named['where'].kids[0], rows)
        if 'group' in named:
            rows = iter(self.groups(named['group'], rows, variables, s))
        if 'having' in named:
            rows = self.kept(named['having'].kids[0], rows)
        select, sort = named['select'], named.get('sort')
        single = select.kids[0]
        is_total = single.kind == 'builtin' and single.data in ('sum', 'avg', 'min', 'max', 'count') and single.ty == 'aggregate'
        keys, found = [], []
        for row in rows:
            keys.append(self.ev(sort.kids[0], row) if sort else None)
            found.append(self.ev(single.kids[0] if is_total else single, row))
        if sort:
            order = sorted(range(len(found)), key=cmp_to_key(lambda a, b: sort_key_compare(keys[a], keys[b])))
            found = [found[at] for at in order]
        if is_total:
            return self.total(n, single, found)
        if select.data:
            found = library.distinct(found)
        if 'skip' in named:
            found = library.part(found, self.ev(named['skip'].kids[0], s), len(found))
        if 'take' in named:
            found = library.part(found, 0, self.ev(named['take'].kids[0], s))
        return found

    def total(self, n, call, found):
        value = library.BUILTINS[call.data](call, found)
        return Zero(n) if type(value) is Zero else value

    def elements(self, value):
        if value is None:
            return []
        if type(value) is Map:
            return library.ordered_keys(value)
        return value.items if type(value) is Group else value

    def rows(self, clauses, variables, s):
        """The rows of the first sources, one after the other."""
        if not clauses:
            yield Scope(s)
            return
        *before, clause = clauses
        known = set(variables[:len(before)])
        rows = self.rows(before, variables, s)
        if clause.kind == 'from':
            yield from self.crossed(clause, rows)
        elif not clause.data[0]:
            yield from self.paired(clause, rows, mentions(clause.kids[0], known))
        else:
            yield from self.joined(clause, list(rows), known, s)

    def kept(self, condition, rows):
        return (row for row in rows if self.holds(condition, row))

    def with_one(self, row, var, value):
        self.step()
        inner = Scope(row)
        inner.vars[var] = value
        return inner

    def crossed(self, clause, rows):
        for row in rows:
            for x in walked(self.elements(self.ev(clause.kids[0], row))):
                yield self.with_one(row, clause.data, x)

    def paired(self, clause, rows, depends):
        right = None
        for row in rows:
            if depends or right is None:
                right = self.elements(self.ev(clause.kids[0], row))
            for x in walked(right):
                inner = self.with_one(row, clause.data[1], x)
                if self.holds(clause.kids[1], inner):
                    yield inner

    def joined(self, clause, rows, known, s):
        """A left, right or outer join, after all rows on its left are there."""
        kind, var = clause.data
        if mentions(clause.kids[0], known):
            return self.joined_to_own(clause, rows)
        right = self.elements(self.ev(clause.kids[0], s))
        before = list(right)
        pairs = {}
        places = [(i, j) for i in range(len(rows)) for j in range(len(right))] if kind != 'right' else [(i, j) for j in range(len(right)) for i in range(len(rows))]
        for i, j in places:
            inner = self.with_one(rows[i], var, right[j])
            if self.holds(clause.kids[1], inner):
                pairs[i, j] = inner
        if len(before) != len(right) or any(x is not y for x, y in zip(before, right)):
            raise Unjudged('a list that changes while it is joined', clause.kids[0])
        matched = {j for _, j in pairs}

        def right_alone(j):
            inner = Scope(s)
            inner.vars.update(dict.fromkeys(known))
            inner.vars[var] = right[j]
            return inner
        if kind == 'right':
            return [row for j in range(len(right)) for row in ([pairs[i, j] for i in range(len(rows)) if (i, j) in pairs] or [right_alone(j)])]
        found = [row for i in range(len(rows)) for row in ([pairs[i, j] for j in range(len(right)) if (i, j) in pairs] or [self.with_one(rows[i], var, None)])]
        return found + ([right_alone(j) for j in range(len(right)) if j not in matched] if kind == 'outer' else [])

    def joined_to_own(self, clause, rows):
        """The right side depends on the row on the left, so that nothing there is without one."""
        kind, var = clause.data
        found = []
        for row in rows:
            pairs = [inner for x in walked(self.elements(self.ev(clause.kids[0], row))) for inner in [self.with_one(row, var, x)] if self.holds(clause.kids[1], inner)]
            found += pairs or ([] if kind == 'right' else [self.with_one(row, var, None)])
        return found

    def groups(self, clause, rows, variables, s):
        found, order = {}, []
        names = [kid.data if kid.kind == 'field' else 'k%d' % (i + 1) for i, kid in enumerate(clause.kids)]
        for row in rows:
            keys = self.all(clause.kids, row)
            key = keys[0] if len(keys) == 1 else Map(zip(names, keys))
            if type(key) in (float, Zero):
                raise Unjudged('group by float', clause.kids[0])
            name = str_text(key)
            if name not in found:
                found[name] = Group(key, [])
                order.append(found[name])
            if len(variables) == 1:
                found[name].items.append(row.owner(variables[0])[variables[0]])
            else:
                found[name].items.append(Map((v.name + self.tag, row.owner(v)[v]) for v in variables))
        return [self.with_one(s, clause.data, group) for group in order]
