"""Random queries: sources of scalars, structs and records, joins of every kind, groups, sorting, skip and take."""
from tree import Node, binary, literal, ref


class Queries:
    def source_type(self):
        return self.pick('int', 'int', 'string', 'float', *self.structs, *self.records)

    def source(self, kind, clause, kids=()):
        var = self.fresh(kind)
        node = Node(clause, None, [self.e(('list', kind)), *kids], var)
        return var, node

    def query(self, ty):
        """A query that gives a list of this type."""
        r = self.rng
        self.depth += 1
        variables, clauses = [], []
        with self.scope([]):
            for i in range(1 if r.random() < 0.65 else 2):
                var, node = self.source(self.source_type(), 'from')
                self.add(var)
                variables.append(var)
                clauses.append(node)
            if r.random() < 0.3:
                clauses.append(self.join(variables))
            if r.random() < 0.5:
                clauses.append(Node('where', None, [self.condition()]))
            if r.random() < 0.25:
                return self.finish(ty, clauses, self.grouped(ty, clauses, variables))
            return self.finish(ty, clauses, self.ordered(ty, lambda: self.e(ty[1])))

    def finish(self, ty, clauses, rest):
        self.depth -= 1
        return Node('query', ty, clauses + rest)

    def join(self, variables):
        r = self.rng
        left = variables[-1]
        kind = self.pick('', '', 'left', 'right', 'outer')
        var = self.fresh(left.ty if r.random() < 0.5 else self.source_type())
        right = self.e(('list', var.ty))
        with self.scope([var]):
            keys = [(a, b) for a in self.keys_of(left) for b in self.keys_of(var) if a.ty == b.ty]
            on = binary('==', *r.choice(keys), 'bool') if keys and r.random() < 0.8 else self.e('bool')
            if r.random() < 0.2:
                on = binary('&&', on, self.e('bool'), 'bool')
        node = Node('join', None, [right, on], (kind, var))
        if kind in ('left', 'outer'):
            var.ty = ('opt', var.ty)
        if kind in ('right', 'outer'):
            for v in variables:
                v.ty = ('opt', v.ty)
        self.add(var)
        variables.append(var)
        return node

    def keys_of(self, var):
        """What an element can be joined or grouped by."""
        ty = var.ty[1] if var.ty[0] == 'opt' else var.ty
        if ty in ('int', 'string'):
            return [ref(var)]
        if ty[0] in 'SR':
            return [Node('field', f.ty, [ref(var)], f.name) for f in ty[1].fields if f.ty in ('int', 'string', 'bool')]
        return []

    def ordered(self, ty, select):
        r, clauses = self.rng, []
        if r.random() < 0.5:
            key = self.e(self.pick('int', 'string', 'float', ('opt', 'int'), ('list', 'int')))
            if key.ty == 'int' and r.random() < 0.4:
                key = Node('neg', 'int', [key])
            clauses.append(Node('sort', None, [key]))
        for name in ('skip', 'take'):
            if r.random() < 0.25:
                clauses.append(Node(name, None, [literal(r.randrange(0, 4), 'int')]))
        chosen = select()
        # A select that is just a call of an aggregate makes an aggregate of the whole query.
        if chosen.kind == 'builtin' and chosen.data in ('sum', 'avg', 'min', 'max', 'count'):
            chosen = Node('if', ty, [literal(True, 'bool'), chosen, self.leaf(ty)], True)
        return clauses + [Node('select', None, [chosen], r.random() < 0.2 and ty[0] == 'list' and ty[1] != 'any')]

    def grouped(self, ty, clauses, variables):
        r = self.rng
        keys = [k for v in variables for k in self.keys_of(v)] or [self.e('int')]
        keys = r.sample(keys, min(len(keys), 1 if r.random() < 0.7 else 2))
        if len({k.data if k.kind == 'field' else '' for k in keys}) < len(keys):
            keys = keys[:1]
        group = self.fresh('group')
        rest = [Node('group', None, keys, group)]
        item = variables[0].ty if len(variables) == 1 else None
        self.hide(variables)
        self.group = (group, keys, item)
        if r.random() < 0.3:
            count = Node('builtin', 'int', [ref(group)], 'count')
            rest.append(Node('having', None, [binary(self.pick('>', '>=', '=='), count, literal(r.randrange(1, 3), 'int'), 'bool')]))
        rest += self.ordered(ty, lambda: self.of_group(ty))
        return rest

    def of_group(self, ty):
        """An expression of the selected type that looks at the group."""
        group, keys, item = self.group
        element = ty[1]
        found = []
        if len(keys) == 1 and keys[0].ty == element:
            found.append(Node('field', element, [ref(group)], 'key'))
        if len(keys) == 2:
            found += [Node('field', element, [Node('field', 'any', [ref(group)], 'key')], k.data) for k in keys if k.kind == 'field' and k.ty == element]
        if element == 'int':
            found.append(Node('builtin', 'int', [ref(group)], self.pick('count', 'len')))
            if item == 'int':
                found += [binary('+', literal(0, 'int'), Node('builtin', 'int', [ref(group)], self.pick('sum', 'max', 'min')), 'int')]
        if element == 'string':
            found.append(Node('builtin', 'string', [ref(group)], 'str'))
        if item and ty == ('list', item):
            found.append(Node('index', item, [Node('field', ty, [ref(group)], 'items'), literal(0, 'int')]))
        return self.rng.choice(found) if found and self.rng.random() < 0.8 else self.e(element)
