"""Random queries: sources of scalars, structs and records, joins of every kind, groups, sorting, skip and take."""
from tree import Node, Struct, Var, binary, literal, ref


def plain(ty):
    return ty[1] if ty[0] == 'opt' else ty


class Queries:
    def source_type(self):
        return self.pick('int', 'int', 'string', 'float', *self.structs, *self.records)

    def source(self, kind):
        var = self.fresh(kind)
        return var, Node('from', None, [self.rows(kind)], var)

    def rows(self, kind):
        """What gives elements of this kind: a list, now and then a string, the keys of a map, or none at all."""
        r = self.rng.random()
        if kind == 'string' and r < 0.25:
            return self.e('string' if r < 0.1 else ('map', 'string', 'int'))
        if kind == 'int' and r < 0.08:
            return self.e(('map', 'int', 'string'))
        if r > 0.95:
            return self.e(('opt', ('list', kind)))
        return self.e(('list', kind))

    def query(self, ty):
        """A query that gives a list of this type."""
        r = self.rng
        self.depth += 1
        variables, clauses = [], []
        with self.scope([]):
            for i in range(1 if r.random() < 0.65 else 2):
                var, node = self.source(self.source_type())
                self.add(var)
                variables.append(var)
                clauses.append(node)
            for _ in range(r.choice([0, 0, 0, 0, 1, 1, 2])):
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
        left = r.choice(variables)
        kind = self.pick('', '', 'left', 'right', 'outer')
        var = self.fresh(left.ty if r.random() < 0.5 else self.source_type())
        right = self.rows(var.ty)
        with self.scope([var]):
            keys = [(a, b) for a in self.join_keys(left) for b in self.join_keys(var) if plain(a.ty) == plain(b.ty) or {plain(a.ty), plain(b.ty)} == {'int', 'float'}]
            on = binary('==', *r.choice(keys), 'bool') if keys and r.random() < 0.8 else self.e('bool')
            if r.random() < 0.35:
                more = binary('==', *r.choice(keys), 'bool') if keys and r.random() < 0.5 else self.condition()
                on = binary('&&', *((on, more) if r.random() < 0.7 else (more, on)), 'bool')
        node = Node('join', None, [right, on], (kind, var))
        if kind in ('left', 'outer'):
            var.ty = ('opt', var.ty)
        if kind in ('right', 'outer'):
            for v in variables:
                v.ty = v.ty if v.ty[0] == 'opt' else ('opt', v.ty)
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

    def join_keys(self, var):
        """Values of any kind, the element itself included; joins compare as `==` does."""
        ty = plain(var.ty)
        found = [] if ty[0] in 'SR' and self.rng.random() < 0.7 else [ref(var)]
        if ty[0] in 'SR':
            found += [Node('field', f.ty, [ref(var)], f.name) for f in ty[1].fields]
        if ty == 'int' and self.rng.random() < 0.3:
            found.append(binary('%', ref(var), literal(3, 'int'), 'int'))
        return found

    def ordered(self, ty, select, key=None):
        r, clauses = self.rng, []
        if r.random() < 0.5:
            key = key() if key else self.sort_key()
            if key.ty in ('int', 'float') and r.random() < 0.4:
                key = Node('neg', key.ty, [key])
            clauses.append(Node('sort', None, [key]))
        for name in ('skip', 'take'):
            if r.random() < 0.25:
                clauses.append(Node(name, None, [self.bound()]))
        chosen = select()
        # A select that is just a call of an aggregate makes an aggregate of the whole query.
        if chosen.kind == 'builtin' and chosen.data in ('sum', 'avg', 'min', 'max', 'count'):
            chosen = Node('if', ty, [literal(True, 'bool'), chosen, self.leaf(ty)], True)
        return clauses + [Node('select', None, [chosen], r.random() < 0.2 and ty[0] == 'list' and ty[1] != 'any')]

    def sort_key(self):
        r = self.rng
        if r.random() < 0.2:
            names = r.sample(['p', 'q', 'r'], r.randrange(1, 4))
            fields = [Var(name, self.pick('int', 'string', 'bool', ('opt', 'int')), True, True) for name in names]
            return Node('rec', ('R', Struct('', fields)), [self.e(f.ty) for f in fields], names)
        return self.e(self.pick('int', 'string', 'float', 'bool', ('opt', 'int'), ('opt', 'string'), ('list', 'int')))

    def aggregate_query(self, ty):
        """A query whose select is a call of an aggregate: one number over all rows."""
        variables, clauses = [], []
        self.depth += 1
        with self.scope([]):
            for _ in range(1 if self.rng.random() < 0.7 else 2):
                var, node = self.source(self.source_type())
                self.add(var)
                variables.append(var)
                clauses.append(node)
            if self.rng.random() < 0.3:
                clauses.append(self.join(variables))
            if self.rng.random() < 0.6:
                clauses.append(Node('where', None, [self.condition()]))
            of = 'float' if ty == 'float' else self.pick('int', 'int', ('opt', 'int'))
            name = self.pick('sum', 'max', 'min', 'count') if of == 'int' else 'avg' if of == 'float' else 'count'
            value = self.e(of)
            while value.kind == 'query':
                value = self.leaf(of)
        self.depth -= 1
        call = Node('builtin', 'aggregate', [value], name)
        return Node('query', ty, clauses + [Node('select', None, [call], False)])

    def grouped(self, ty, clauses, variables):
        r = self.rng
        keys = [k for v in variables for k in self.keys_of(v)] or [self.e('int')]
        keys = r.sample(keys, min(len(keys), r.choice([1, 1, 1, 2, 2, 3])))
        if r.random() < 0.1:
            keys = [self.e(self.pick('int', 'string', 'bool', ('opt', 'int')))]
        if len({k.data if k.kind == 'field' else '' for k in keys}) < len(keys):
            keys = keys[:1]
        group = self.fresh('group')
        rest = [Node('group', None, keys, group)]
        self.hide(variables)
        self.add(group)
        around, self.group = self.group, (group, keys, variables)
        if r.random() < 0.4:
            compare = binary(self.pick('>', '>=', '==', '<', '!='), self.of_items('int'), literal(r.randrange(0, 4), 'int'), 'bool')
            rest.append(Node('having', None, [compare if r.random() < 0.8 else self.condition()]))
        rest += self.ordered(ty, lambda: self.of_group(ty), lambda: self.of_items('int') if r.random() < 0.5 else self.group_key() or self.sort_key())
        self.group = around
        return rest

    def group_key(self):
        group, keys, _ = self.group
        return Node('field', keys[0].ty, [ref(group)], 'key') if len(keys) == 1 else None

    def row(self):
        """A variable for a row of the group, and what can be read from it: pairs of a type and an expression."""
        group, _, variables = self.group
        if len(variables) == 1:
            var = self.fresh(variables[0].ty)
            base = [(variables[0].ty, ref(var))]
        else:
            var = Var('row%d' % self.names, 'hidden')
            self.names += 1
            base = [(v.ty, Node('rowfield', v.ty, [ref(var)], v)) for v in variables]
        found = list(base)
        for ty, node in base:
            ty = ty[1] if ty[0] == 'opt' else ty
            if ty[0] in 'SR':
                found += [(f.ty, Node('field', f.ty, [self.again(node)], f.name)) for f in ty[1].fields]
        return var, found

    def of_items(self, ty):
        """An int made of the group's rows."""
        group, _, _ = self.group
        var, parts = self.row()
        wanted = [node for of, node in parts if of == 'int']
        if not wanted or self.rng.random() < 0.4:
            return Node('builtin', 'int', [ref(group) if self.rng.random() < 0.7 else Node('field', 'any', [ref(group)], 'items')], self.pick('count', 'len'))
        clauses = [Node('from', None, [ref(group) if self.rng.random() < 0.6 else Node('field', 'any', [ref(group)], 'items')], var)]
        value = self.rng.choice(wanted)
        if self.rng.random() < 0.3:
            clauses.append(Node('where', None, [binary('>', self.again(value), literal(self.rng.randrange(-3, 20), 'int'), 'bool')]))
        clauses.append(Node('select', None, [value], False))
        return binary('+', literal(0, 'int'), Node('builtin', 'int', [Node('query', ('list', 'int'), clauses)], self.pick('sum', 'max', 'min', 'count')), 'int')

    def of_group(self, ty):
        """An expression of the selected type that looks at the group."""
        group, keys, variables = self.group
        element, item = ty[1], variables[0].ty if len(variables) == 1 else None
        found = []
        if len(keys) == 1 and keys[0].ty == element:
            found.append(Node('field', element, [ref(group)], 'key'))
        if len(keys) > 1:
            owner = ref(group) if self.rng.random() < 0.4 else Node('field', 'any', [ref(group)], 'key')
            found += [Node('field', element, [self.again(owner)], k.data) for k in keys if k.kind == 'field' and k.ty == element]
        if element == 'int':
            found += [Node('builtin', 'int', [ref(group)], self.pick('count', 'len')), self.of_items('int'), self.of_items('int')]
            if item == 'int':
                found += [binary('+', literal(0, 'int'), Node('builtin', 'int', [ref(group)], self.pick('sum', 'max', 'min')), 'int')]
        if element == 'string':
            found.append(Node('builtin', 'string', [ref(group)], 'str'))
        if element == 'bool':
            found.append(Node('builtin', 'bool', [ref(group)], 'exists'))
        if item and ty == ('list', item):
            found.append(Node('index', item, [Node('field', ty, [ref(group)], 'items'), literal(0, 'int')]))
        if element[0] == 'list' and element[1] != 'any':
            var, parts = self.row()
            wanted = [node for of, node in parts if of == element[1]]
            if wanted:
                found.append(Node('query', element, [Node('from', None, [ref(group)], var), Node('select', None, [self.rng.choice(wanted)], False)]))
        return self.rng.choice(found) if found and self.rng.random() < 0.8 else self.e(element)
