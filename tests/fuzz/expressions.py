"""Random expressions: for each type the forms that give a value of it, boundary values as leaves."""
from tree import Fun, Node, binary, literal, ref

INTS = [0, 1, 2, 3, 7, 10, 63, 64, 255, 1000, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 1, 2 ** 62, 2 ** 63 - 1, -1, -2, -7, -64,
        -2 ** 31, -2 ** 53 - 1, -2 ** 63 + 1, -2 ** 63]
FLOATS = [0.0, -0.0, 1.0, 0.5, 2.25, 0.1, 0.2, 1e10, 1e21, 1e22, 1e-7, 123456.5, 999999.0, 1234567.0, 1e300, 1e308, 5e-324, 2.2250738585072014e-308,
          1.7976931348623157e308, 3.0, -1.5, -2.5, 0.30000000000000004, 9007199254740993.0, 4611686018427387904.0, 1e-5, 0.0001, 100000.0, 2.5, 1 / 3]
STRINGS = ['', 'a', 'abc', '12', '-7', 'h\xe9\xdf\u65e5', 'a,b,c', 'Hello World', '\n\t"q\\', 'x y', '\U0001f600b', '\xe9', '\u65e5\u672c', ' pad ', 'aXa',
           'zz,,', '<&>', 'caf\xe9 \U0001f600', 'abcabcabcabcabcabcabcabcabc', '0', '9223372036854775808', '1e5', '\x01']
DIVISORS = [1, 2, 3, 4, 5, 7, 8, 10, 16, 100, 641, 1000, 4096, 1000003, 2 ** 31, 2 ** 32, 10 ** 9 + 7, 2 ** 62, 2 ** 63 - 1,
            -1, -2, -3, -7, -8, -10, -2 ** 31, -2 ** 62, -2 ** 63]
NUMBERS = ('int', 'float')
SCALARS = ('int', 'float', 'bool', 'string')
INT_TO_INT = ('fun', ('int',), 'int')


class Expressions:
    """Needs of its heir: `rng`, `visible(ty)`, `functions(ret)`, `fresh(ty)`, `scope(names)`, `structs`, `unions`, `records`."""

    def leaf(self, ty):
        r = self.rng
        if ty == 'any':
            ty = r.choice(SCALARS + (('opt', 'int'),))
        if ty == 'int':
            return literal(r.choice(INTS) if r.random() < 0.45 else r.randrange(-9, 40), ty)
        if ty == 'float':
            return literal(r.choice(FLOATS) if r.random() < 0.75 else r.randrange(-400, 400) / 16, ty)
        if ty == 'bool':
            return literal(r.random() < 0.5, ty)
        if ty == 'string':
            return literal(r.choice(STRINGS), ty)
        if ty == 'bigint':
            value = literal(r.choice(INTS), 'int') if r.random() < 0.7 else literal(str(r.getrandbits(r.choice([65, 130, 300]))), 'string')
            return Node('cast', ty, [value], ty)
        if ty == 'bigrat':
            return Node('cast', ty, [literal(r.choice([1, 2, 3, -5, 7, 12, 0]), 'int')], ty)
        head = ty[0]
        if head == 'opt':
            return literal(None, ty) if r.random() < 0.4 else self.leaf(ty[1])
        if head == 'list':
            return Node('list', ty, [self.leaf(ty[1]) for _ in range(r.choice([1, 1, 2, 3, 4]))])
        if head == 'map':
            return self.map_literal(ty, self.leaf)
        if head == 'fun':
            return self.function_value(ty, self.leaf)
        if head == 'S':
            return self.struct_literal(ty, lambda t: self.leaf_within(t, ty))
        if head == 'R':
            return Node('rec', ty, [self.leaf(f.ty) for f in ty[1].fields], [f.name for f in ty[1].fields])
        flat = [v for v in ty[1].variants if all(f.ty != ty for f in v.fields)]
        return self.variant_literal(ty, r.choice(flat), self.leaf)

    def leaf_within(self, ty, outer):
        return literal(None, ty) if ty == ('opt', outer) else self.leaf(ty)

    def map_literal(self, ty, value):
        keys = self.rng.sample(range(-9, 120, 4), 4) if ty[1] == 'int' else self.rng.sample(['a', 'b', 'key', '\xe9', 'B', '10', '9', ''], 4)
        kids = []
        for key in keys[:self.rng.randrange(1, 5)]:
            kids += [literal(key, ty[1]), value(ty[2])]
        return Node('map', ty, kids)

    def struct_literal(self, ty, value):
        order = list(range(len(ty[1].fields)))
        self.rng.shuffle(order)
        return Node('struct', ty, [value(ty[1].fields[at].ty) for at in order], (ty[1], order))

    def variant_literal(self, ty, variant, value):
        return Node('variant', ty, [value(f.ty) for f in variant.fields], variant)

    def function_value(self, ty, value):
        params = [self.fresh(t) for t in ty[1]]
        with self.scope(params):
            body = value(ty[2])
        return Fun('', params, ty[2], self.rng.random() < 0.7).declared('lambda', body, ty)

    def e(self, ty):
        """A random expression of this type."""
        r = self.rng
        self.depth += 1
        self.nodes += 1
        try:
            names = self.visible(ty)
            if names and r.random() < (0.4 if self.depth < 4 else 0.8):
                return ref(r.choice(names))
            if self.depth > self.deepest or self.nodes > self.most:
                return self.leaf(ty)
            forms = getattr(self, 'forms_' + (ty if isinstance(ty, str) else ty[0]))(ty) + self.more_forms(ty)
            if r.random() < 0.28:
                forms = self.forms_of_all(ty)
            return r.choice(forms)()
        finally:
            self.depth -= 1

    def builtin(self, ty, name, *kids):
        return Node('builtin', ty, kids, name)

    def pick(self, *options):
        return self.rng.choice(options)

    def container(self):
        return self.e(self.pick('string', ('list', 'int'), ('list', 'string'), ('map', 'string', 'int'), ('list', ('list', 'int')), ('map', 'int', 'string')))

    def index(self):
        return literal(self.rng.randrange(-3, 4), 'int') if self.rng.random() < 0.8 else self.e('int')

    def condition(self):
        """Mostly a bool; sometimes any value, for its truth."""
        return self.e('bool') if self.rng.random() < 0.75 else self.e(self.pick('int', 'float', 'string', ('list', 'int'), ('opt', 'int'), 'any', ('map', 'string', 'int')))

    def forms_of_all(self, ty):
        e, r = self.e, self.rng
        forms = [lambda: Node('if', ty, [self.condition(), e(ty), e(ty)], r.random() < 0.5), lambda: self.match(ty), lambda: self.match(ty),
                 lambda: binary(self.pick('&&', '||'), e(ty), e(ty), ty), lambda: Node('index', ty, [self.list_of(ty), self.index()])]
        if ty not in ('any',) and ty[0] != 'opt':
            forms += [lambda: binary('??', e(('opt', ty)), e(ty), ty)] * 2
            forms += [lambda: binary('??', Node('index', ('opt', ty), [self.e(('map', 'string', ty)), e('string')]), e(ty), ty)]
        if ty[0] == 'fun':
            forms = forms[:1] + forms[4:5]
        calls = self.functions(ty)
        if calls:
            forms += [lambda: self.call(r.choice(calls), ty)] * 6
        if self.generic and self.chooser:
            forms += [lambda: self.generic_call(ty)]
        for event in self.events():
            forms += [lambda v=event, f=field: Node('field', ty, [ref(v)], f.name) for field in event.ty[1].fields if field.ty == ty]
        for owner in self.structs + self.records:
            for field in owner[1].fields:
                if field.ty == ty:
                    forms.append(lambda o=owner, f=field: Node('field', ty, [self.object(o)], f.name))
        for owner in self.structs:
            for method in owner[1].methods:
                if method.ret == ty:
                    forms += [lambda o=owner, m=method: Node('method', ty, [self.object(o)] + [e(p.ty) for p in m.params], m)] * 2
        forms += [lambda m=method: Node('sibling', ty, [e(p.ty) for p in m.params], m) for method in self.siblings if method.ret == ty]
        if isinstance(ty, str) and ty != 'any':
            forms += [lambda: Node('apply', ty, [e(('fun', ('int',), ty)), e('int')]), lambda: self.apply_partial(ty)]
        return forms

    def object(self, ty):
        """An expression that a `.` may follow."""
        names = self.visible(ty)
        return ref(self.rng.choice(names)) if names else self.struct_literal(ty, self.leaf) if ty[0] == 'S' else self.leaf(ty)

    def list_of(self, ty):
        return self.e(('list', ty))

    def call(self, f, ty):
        return Node('call', ty, [self.e(p.ty) for p in f.params], f)

    def generic_call(self, ty):
        # Maps with keys of several types that meet in one function have text as keys.
        if not self.chooser or ty[0] == 'map':
            return self.leaf(ty)
        # One of the two is there for sure: what only functions give that nobody calls would leave the type to the other calls.
        pair = [self.e(ty), self.leaf(ty[1] if ty[0] == 'opt' else ty)]
        self.rng.shuffle(pair)
        return Node('call', ty, [self.e('bool'), *pair], self.chooser)

    def apply_partial(self, ty):
        calls = [f for f in self.functions(ty) if f.params]
        if not calls:
            return self.leaf(ty)
        f = self.rng.choice(calls)
        cut = self.rng.randrange(len(f.params))
        args = [self.e(p.ty) for p in f.params]
        left = ('fun', tuple(p.ty for p in f.params[cut:]), ty)
        return Node('apply', ty, [Node('call', left, args[:cut], f)] + args[cut:])

    def match(self, ty):
        r = self.rng
        kind = r.random()
        if self.unions and kind < 0.6:
            union = r.choice(self.unions)
            arms = []
            for variant in union[1].variants:
                if r.random() < 0.3:
                    nested = [f for f in variant.fields if f.ty in (union, 'int', 'string')]
                    if nested:
                        arms.append(self.arm(ty, self.pattern(variant, union, True)))
                arms.append(self.arm(ty, self.pattern(variant, union, False)))
            return Node('match', ty, [self.e(union)] + arms)
        if kind > 0.85:
            return self.plain_match(ty)
        of = 'int' if kind < 0.75 else 'string'
        arms = [self.arm(ty, (Node('plit', of, (), abs(self.leaf(of).data) % 2 ** 62 if of == 'int' else self.leaf(of).data), [])) for _ in range(r.randrange(1, 5))]
        if r.random() < 0.3:
            var = self.fresh(of)
            arms.append(self.arm(ty, (Node('pvar', of, (), var), [var])))
        else:
            arms.append(self.arm(ty, (Node('pany'), [])))
        return Node('match', ty, [self.e(of)] + arms)

    def arm(self, ty, pattern):
        node, variables = pattern
        with self.scope(variables):
            return Node('arm', ty, [node, self.e(ty)])

    def pattern(self, variant, union, deep):
        kids, variables = [], []
        for field in variant.fields:
            if deep and field.ty in ('int', 'string') and self.rng.random() < 0.4:
                value = self.leaf(field.ty).data
                kids.append(Node('plit', field.ty, (), abs(value) % 2 ** 62 if field.ty == 'int' else value))
            elif deep and field.ty == union:
                node, more = self.pattern(self.rng.choice(union[1].variants), union, False)
                variables += more
                kids.append(node)
            elif self.rng.random() < 0.25:
                kids.append(Node('pany'))
            else:
                variables.append(self.fresh(field.ty))
                kids.append(Node('pvar', field.ty, (), variables[-1]))
        return Node('pcon', union, kids, variant), variables

    def arithmetic(self, ty, ops):
        other = 'int' if ty == 'float' and self.rng.random() < 0.25 else ty
        pair = [self.e(ty), self.e(other)]
        self.rng.shuffle(pair)
        return binary(self.pick(*ops), pair[0], pair[1], ty)

    def forms_int(self, ty):
        e, b = self.e, self.builtin
        return [lambda: self.arithmetic('int', '+-*/%+-')] * 6 + [
            lambda: binary(self.pick('/', '%'), e('int'), literal(self.pick(*DIVISORS), 'int'), ty), lambda: self.aggregate_query('int'),
            lambda: binary('%', e('int'), literal(self.pick(*DIVISORS), 'int'), ty),
            lambda: Node('neg', ty, [e('int')]), lambda: b(ty, 'len', self.container()), lambda: b(ty, 'sum', e(('list', 'int'))),
            lambda: b(ty, self.pick('min', 'max'), e(('list', 'int'))), lambda: b(ty, 'count', e(('list', 'string'))), lambda: b(ty, 'abs', e('int')),
            lambda: b(ty, 'indexOf', e('string'), e('string')), lambda: b(ty, 'pow', e('int'), literal(self.rng.randrange(0, 5), 'int')),
            lambda: Node('cast', ty, [e('float')], 'int'), lambda: Node('cast', ty, [b('string', 'str', e('int'))], 'int'),
            lambda: Node('cast', ty, [e('bigint')], 'int'), lambda: b(ty, 'int', e('string')), lambda: b(ty, 'parseIntStr', literal(self.pick('ff', '12', '-7a', '0'), 'string'), literal(16, 'int')),
            lambda: self.fold(), lambda: b(ty, 'round', e('int')), lambda: b(ty, 'count', self.query(('list', 'int')))]

    def fold(self):
        params = [self.fresh('int'), self.fresh('int')]
        with self.scope(params):
            body = self.e('int')
        f = Fun('', params, 'int').declared('lambda', body, ('fun', ('int', 'int'), 'int'))
        return self.builtin('int', 'reduce', self.e(('list', 'int')), f, self.e('int'))

    def forms_float(self, ty):
        e, b = self.e, self.builtin
        return [lambda: self.arithmetic('float', '+-*/%')] * 6 + [
            lambda: Node('neg', ty, [e('float')]), lambda: Node('cast', ty, [e('int')], 'float'), lambda: b(ty, 'sum', e(('list', 'float'))),
            lambda: b(ty, 'avg', e(('list', 'int'))), lambda: self.aggregate_query('float'), lambda: b(ty, 'round', e('float'), literal(self.rng.randrange(1, 4), 'int')),
            lambda: b(ty, self.pick('floor', 'ceil', 'round', 'abs'), e('float')), lambda: b(ty, 'max', e(('list', 'float'))),
            lambda: Node('cast', ty, [e(self.pick('bigint', 'bigrat'))], 'float'), lambda: b(ty, 'avg', e(('list', 'float')))]

    def forms_bool(self, ty):
        e, b = self.e, self.builtin
        compared = self.pick('int', 'float', 'string', 'bigint', 'int', 'bool')
        kind = self.pick('int', 'float', 'string', 'bool', 'any', ('list', 'int'), ('list', 'string'), ('opt', 'int'), ('map', 'string', 'int'),
                         *self.structs, *self.unions, *self.records)
        return [lambda: binary(self.pick('<', '<=', '>', '>='), e(compared), e(compared), ty), lambda: binary(self.pick('==', '!='), e(kind), e(kind), ty),
                lambda: binary(self.pick('<', '<=', '>', '>=', '==', '!='), e('int'), e('float'), ty),
                lambda: binary(self.pick('<', '>='), e(('opt', 'int')), e('int'), ty), lambda: Node('not', ty, [self.condition()]),
                lambda: binary(self.pick('==', '!='), e(('opt', self.pick(*SCALARS))), literal(None, ('opt', 'int')), ty),
                lambda: binary('in', e('int'), e(('list', 'int')), ty), lambda: binary('in', e('string'), e(('map', 'string', 'int')), ty),
                lambda: binary('in', e('int'), e(('map', 'int', 'string')), ty), lambda: binary('in', e('string'), e('string'), ty),
                lambda: binary('in', e(('list', 'int')), e(('list', ('list', 'int'))), ty), lambda: binary(self.pick('&&', '||'), e(ty), e(ty), ty),
                lambda: b(ty, 'exists', e(('list', 'int'))), lambda: b(ty, 'contains', e('string'), e('string')),
                lambda: Node('dotted', ty, [self.named_string(), e('string')], self.pick('contains', 'starts_with')),
                lambda: b(ty, 'contains', e(('list', 'string')), e('string'))]

    def named_string(self):
        names = self.visible('string')
        return ref(self.rng.choice(names)) if names else self.leaf('string')

    def forms_string(self, ty):
        e, b, r = self.e, self.builtin, self.rng
        return [lambda: binary('+', e(ty), e(ty), ty)] * 4 + [
            lambda: b(ty, 'str', e(self.any_type())), lambda: Node('index', ty, [e(ty), self.index()]), lambda: self.sliced(ty), lambda: self.sliced(ty),
            lambda: b(ty, self.pick('upper', 'lower', 'trim', 'reverse'), e(ty)), lambda: b(ty, self.pick('substring', 'substr', 'slice'), e(ty), self.index(), self.index()),
            lambda: b(ty, 'join', e(('list', ty)), e(ty)), lambda: b(ty, 'repeat', e(ty), literal(r.randrange(0, 4), 'int')),
            lambda: b(ty, 'padStart', e(ty), literal(r.randrange(0, 12), 'int'), literal(self.pick('0', ' ', '\xe9', '\U0001f600'), ty)),
            lambda: b(ty, 'str', e(self.pick('int', 'float', 'bigint', 'bigrat', ('list', 'float')))), lambda: b(ty, self.pick('min', 'max'), Node('list', ('list', ty), [e(ty), self.leaf(ty)]))]

    def sliced(self, ty):
        has = self.rng.choice([(True, True), (True, True), (True, False), (False, True)])
        return Node('slice', ty, [self.e(ty)] + [self.index() for bound in has if bound], has)

    def forms_bigint(self, ty):
        e = self.e
        return [lambda: binary(self.pick(*'+-*/%*'), e(ty), e(self.pick(ty, ty, 'int')), ty)] * 4 + [
            lambda: Node('neg', ty, [e(ty)]), lambda: Node('cast', ty, [e('int')], ty)]

    def forms_bigrat(self, ty):
        e = self.e
        return [lambda: binary(self.pick(*'+-*/'), e(ty), e(self.pick(ty, 'int')), ty)] * 3 + [lambda: Node('cast', ty, [e('int')], ty)]

    def forms_any(self, ty):
        return [lambda: self.e(self.pick('int', 'float', 'string', 'bool', ('opt', 'int'), ('list', 'int'), ('list', 'any'), *self.structs, *self.unions, *self.records))]

    def forms_opt(self, ty):
        of = ty[1]
        forms = [lambda: self.e(of), lambda: self.leaf(ty), lambda: Node('if', ty, [self.condition(), self.e(of)], False), lambda: Node('index', ty, [self.e(('map', 'string', of)), self.e('string')]),
                 lambda: Node('index', ty, [self.e(('map', 'int', of)), self.e('int')]), lambda: self.builtin(ty, 'first', self.e(('list', of))),
                 lambda: Node('index', ty, [self.e(('list', ty)), self.index()])]
        if of in NUMBERS:
            forms += [lambda: binary(self.pick(*'+-*'), self.e(ty), self.e(of), ty), lambda: binary(self.pick(*'+-*'), self.e(of), self.e(ty), ty), lambda: Node('neg', ty, [self.e(ty)])]
        for owner in self.structs:
            for field in owner[1].fields:
                if field.ty == of:
                    forms.append(lambda o=owner, f=field: Node('optfield', ty, [self.optional_name(o)], f.name))
        forms.append(lambda: Node('optindex', ty, [self.optional_name(('map', 'string', of)), self.e('string')]))
        return forms

    def optional_name(self, ty):
        names = self.visible(('opt', ty)) + self.visible(ty)
        return ref(self.rng.choice(names)) if names else self.leaf(ty)

    def forms_list(self, ty):
        e, b, of = self.e, self.builtin, ty[1]
        forms = [lambda: Node('list', ty, [e(of) for _ in range(self.rng.randrange(0 if of == 'int' else 1, 5))]), lambda: b(ty, self.pick('append', 'push'), e(ty), e(of)),
                 lambda: b(ty, 'append', e(ty), e(of)), lambda: self.sliced(ty), lambda: b(ty, 'reverse', e(ty)), lambda: b(ty, 'concat', e(ty), e(ty)),
                 lambda: binary('+', e(ty), e(ty), ty), lambda: b(ty, 'slice', e(ty), self.index(), self.index())]
        if of[0] != 'fun':
            forms += [lambda: binary(self.pick('union', 'union all', 'except', 'intersect'), e(ty), e(ty), ty), lambda: b(ty, 'distinct', e(ty))]
            forms += [lambda: self.query(ty)] * 5
        if of == 'int':
            forms += [lambda: b(ty, 'range', literal(self.rng.randrange(-3, 4), 'int'), literal(self.rng.randrange(-3, 9), 'int')), lambda: b(ty, 'keys', e(('map', 'int', 'string'))),
                      lambda: b(ty, 'values', e(('map', 'string', 'int')))]
        if of == 'string':
            forms += [lambda: b(ty, 'split', e('string'), self.leaf('string')), lambda: b(ty, 'keys', e(('map', 'string', 'int'))), lambda: b(ty, 'values', e(('map', 'int', 'string')))]
        return forms

    def forms_map(self, ty):
        return [lambda: self.map_literal(ty, self.e), lambda: self.leaf(ty), lambda: self.computed_map(ty)]

    def computed_map(self, ty):
        return Node('map', ty, [self.map_key(ty), self.e(ty[2])])

    def map_key(self, ty):
        """A computed key. What holds values of several types may give an int, but that is not known: as a key it would be text."""
        key = self.e(ty[1])
        return key if ty[1] == 'string' or key.kind == 'lit' else Node('cast', 'int', [key], 'int')

    def forms_S(self, ty):
        return [lambda: self.struct_literal(ty, lambda t: self.e(t))]

    def forms_R(self, ty):
        return [lambda: Node('rec', ty, [self.e(f.ty) for f in ty[1].fields], [f.name for f in ty[1].fields])]

    def forms_U(self, ty):
        return [lambda: self.variant_literal(ty, self.rng.choice(ty[1].variants), self.e)]

    def forms_fun(self, ty):
        forms = [lambda: self.function_value(ty, self.e)] * 2 + [lambda: self.block_function(ty)] * 2
        named = [f for f in self.functions(ty[2]) if tuple(p.ty for p in f.params) == ty[1]]
        return forms + ([lambda: Node('fn', ty, (), self.rng.choice(named))] * 3 if named else [])
