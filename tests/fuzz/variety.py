"""Forms that types alone hardly suggest: numbers of every kind together, builtins as methods, casts from text, records and none,
patterns of every literal, methods that call each other, rows that are saved.
"""
from tree import Node, Struct, Var, binary, literal, ref

RATIONALS = ['1/3', '-7/2', '12', '0.125', '6/4', '-0.5']
WHOLE = ['0', '-12', '99999999999999999999', '+7']
BOUNDS = [0, 1, 2, 3, 3, -1, -2, 100, -100, 2 ** 63 - 1, -2 ** 63]
EXACT = ('int', 'bigint', 'bigrat')


class Variety:
    def more_forms(self, ty):
        """Beside those of `Expressions`."""
        made = getattr(self, 'more_' + (ty if isinstance(ty, str) else ty[0]), None)
        return made(ty) if made else []

    def more_int(self, ty):
        e, b = self.e, self.builtin
        return [lambda: Node('cast', ty, [e(('opt', 'int'))], ty), lambda: b(ty, 'len', e(self.pick('int', 'float', 'bigint', ('opt', 'string')))), lambda: Node('cast', ty, [e('bigrat')], ty),
                lambda: self.gotten(ty)]

    def more_float(self, ty):
        e = self.e
        return [lambda: binary(self.pick(*'+-*/'), e(self.pick('bigint', 'bigrat')), e(ty), ty), lambda: binary(self.pick(*'+-*/'), e(ty), e(self.pick('bigint', 'bigrat')), ty),
                lambda: Node('cast', ty, [e(('opt', self.pick('int', 'float')))], ty), lambda: binary('%', e(ty), literal(self.pick(2, -3, 7), 'int'), ty)]

    def more_bool(self, ty):
        e = self.e
        a, b = self.pick(*EXACT, 'float'), self.pick(*EXACT)
        compare = self.pick('<', '<=', '>', '>=', '==', '!=')
        return [lambda: binary(compare, e(a), e(b), ty), lambda: binary(compare, e(b), e(a), ty), lambda: binary('in', e('any'), e(('list', 'any')), ty),
                lambda: binary('in', e(self.pick('float', 'int')), e(('list', self.pick('float', 'int'))), ty), lambda: Node('cast', ty, [e(ty)], ty)]

    def more_string(self, ty):
        padded = lambda: Node('dotted', ty, [self.named_string(), literal(self.rng.randrange(0, 9), 'int'), literal(self.pick('.', '\xe9'), ty)], 'padStart')
        return [padded, lambda: Node('cast', ty, [self.e(ty)], ty), lambda: self.gotten(ty)]

    def more_bigint(self, ty):
        e = self.e
        return [lambda: self.builtin(ty, self.pick('num', 'denom'), e('bigrat')), lambda: Node('cast', ty, [literal(self.pick(*WHOLE), 'string')], ty),
                lambda: Node('cast', ty, [literal(self.pick(0.0, 2.5, -7.9, 1e15, -0.5), 'float')], ty)]

    def more_bigrat(self, ty):
        e = self.e
        return [lambda: Node('cast', ty, [literal(self.pick(*RATIONALS), 'string')], ty), lambda: Node('cast', ty, [literal(self.pick(0.0, 2.5, -0.125, 0.1), 'float')], ty),
                lambda: binary(self.pick(*'+-*/'), e('bigint'), e(ty), ty), lambda: Node('neg', ty, [e(ty)])]

    def more_list(self, ty):
        forms = []
        if ty[1] == 'string' and self.visible(('map', 'string', 'int')):
            forms.append(lambda: Node('dotted', ty, [ref(self.pick(*self.visible(('map', 'string', 'int'))))], 'keys'))
        if ty[1] == 'int':
            forms.append(lambda: self.builtin(ty, 'range', literal(self.rng.randrange(-9, 9), 'int'), literal(self.rng.randrange(-9, 9), 'int'), literal(self.pick(1, 2, 3, -1, -4), 'int')))
        return forms

    def more_S(self, ty):
        """A struct made of a record of its fields, and one more."""
        if not all(f.ty in ('int', 'float', 'string', 'bool', 'any', ('list', 'int'), ('list', 'string')) for f in ty[1].fields):
            return []
        fields = [*ty[1].fields, Var('more', 'int', True, True)]
        self.rng.shuffle(fields)
        row = lambda: Node('rec', ('R', Struct('', fields)), [self.e(f.ty) for f in fields], [f.name for f in fields])
        return [lambda: Node('cast', ty, [row()], ty)]

    def gotten(self, ty):
        """`m.get(k, default)`"""
        maps = self.visible(('map', 'string', ty))
        return Node('dotted', ty, [ref(self.rng.choice(maps)), self.e('string'), self.e(ty)], 'get') if maps else self.leaf(ty)

    def bound(self):
        """What `skip` and `take` get."""
        return literal(self.pick(*BOUNDS), 'int') if self.rng.random() < 0.9 else self.e('int')

    def plain_match(self, ty):
        """A match on a bool, a float, or what may be none."""
        of = self.pick('bool', 'float', ('opt', 'int'), ('opt', 'string'))
        values = [True, False] if of == 'bool' else [0.0, 1.0, 0.5, 2.25, 1e21, 3.0] if of == 'float' else [None, 7, 0, 2] if of[1] == 'int' else [None, 'a', '']
        arms = [self.arm(ty, (Node('plit', of, (), value), [])) for value in self.rng.sample(values, self.rng.randrange(1, len(values)))]
        var = self.fresh(of)
        rest = self.arm(ty, (Node('pvar', of, (), var), [var])) if self.rng.random() < 0.5 else self.arm(ty, (Node('pany'), []))
        return Node('match', ty, [self.e(of), *arms, rest])

    def saved(self):
        """Rows of one kind, written to standard output."""
        fields = [Var(name, self.pick('int', 'string', 'bool', ('opt', 'int'), ('opt', 'string')), True, True) for name in self.rng.sample(['id', 'nm', 'b', 'Z', 'tag'], self.rng.randrange(1, 4))]
        row = ('R', Struct('', fields))
        rows = Node('list', ('list', row), [Node('rec', row, [self.leaf(f.ty) for f in fields], [f.name for f in fields]) for _ in range(self.rng.randrange(1, 4))])
        return [Node('save', None, [rows], self.pick(('csv', False), ('csv', True), ('tsv', True), ('json', False), ('jsonl', False)))]
