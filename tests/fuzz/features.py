"""Constructs that random statements hardly meet: streams and agents, logic, deep recursion, loops at the ends of the range, generic
functions, input, casts that convert, methods that change their object, matches as statements.
"""
import tree
from tree import Fun, Node, Var, binary, literal, ref

NAMES = ['ann', 'bob', 'cy', 'd\xe9', '']


class Features:
    def events(self):
        return [v for v in self.seen() if isinstance(v, Var) and isinstance(v.ty, tuple) and v.ty[0] == 'E']

    def shape(self):
        return self.rng.choice([self.pressure, self.deep, self.allocating, self.counter, self.makers, self.mutual, self.aliases, self.growing, self.streams, self.agent,
                                self.logic, self.descent, self.extremes, self.generics, self.converted, self.matched, self.ages, self.spread,
                                self.table, self.table, self.members, self.saved])()

    # Streams and agents

    def stream(self):
        decl = tree.Struct('Stream%d' % self.numbered(), [Var('e%d' % i, self.pick('int', 'string', 'float', 'bool', ('list', 'int')), False, True) for i in range(self.rng.randrange(1, 4))])
        return decl, Node('stream', None, (), decl)

    def handler(self, decl, things=()):
        event = Var('ev%d' % self.numbered(), ('E', decl))
        return Node('on', None, [self.block(2, [event, *things])], (decl, event))

    def emitted(self, decl):
        return Node('emit', None, [self.e(f.ty) for f in decl.fields], decl)

    def streams(self):
        """Two streams; a handler of the second may emit into the first."""
        if self.blocks:
            return self.show()
        (a, first), (b, second) = self.stream(), self.stream()
        found = [first, second, self.handler(a), self.handler(b), self.emitted(b)]
        self.blocks += 3
        found[3].kids[0].kids.append(self.emitted(a))
        self.blocks -= 3
        if self.rng.random() < 0.5:
            found.append(self.handler(a))
        return found + [self.emitted(self.pick(a, b)) for _ in range(2)]

    def agent(self):
        if self.blocks:
            return self.show()
        decl, stream = self.stream()
        agent = tree.Agent('Agent%d' % self.numbered(), [Var('held%d' % i, self.pick('int', 'string', 'float', ('list', 'int'), ('list', 'string')), True, True) for i in range(self.rng.randrange(1, 4))])
        kids = [self.leaf(f.ty) for f in agent.fields]
        outer, self.scopes = self.scopes, [{}]
        with self.scope(agent.fields):
            kids.append(self.handler(decl))
            for i in range(self.rng.randrange(1, 3)):
                intent = Fun('tell%d' % i, [self.fresh(self.pick('int', 'string', 'bool')) for _ in range(self.rng.randrange(0, 3))], self.pick('int', 'string', 'float', ('list', 'int')))
                with self.scope(intent.params):
                    kids.append(intent.declared('method', self.body(intent)))
                agent.methods.append(intent)
        self.scopes = outer
        agent.node = Node('agent', None, kids, agent)
        found = [stream, agent.node]
        for _ in range(self.rng.randrange(1, 3)):
            var = Var('mon%d' % self.numbered(), ('G', agent))
            found += [Node('declare', None, [Node('made', var.ty, (), agent)], (var, False)), self.emitted(decl)]
            for intent in agent.methods:
                found.append(Node('print', None, [Node('method', intent.ret, [ref(var)] + [self.e(p.ty) for p in intent.params], intent)]))
            found.append(Node('print', None, [Node('field', f.ty, [ref(var)], f.name) for f in agent.fields]))
        return found

    # Logic

    def logic(self):
        """Facts, rules that may depend on themselves, and queries, shown in an order of their own."""
        if self.blocks:
            return self.show()
        r, base, made = self.rng, 'par%d' % self.numbered(), 'anc%d' % self.names
        term = lambda: r.choice(NAMES[:3]) if r.random() < 0.8 else r.choice([*NAMES, 1, 12])
        found = [Node('fact', None, (), (base, [term(), term()])) for _ in range(r.randrange(1, 7))]
        rules = [((made, ['?x', '?y']), [(base, ['?x', '?y'])]), ((made, ['?x', '?z']), [(base, ['?x', '?y']), (made, ['?y', '?z'])]),
                 ((made, ['?x', '?y']), [(base, ['?p', '?x']), (base, ['?p', '?y']), ('x', 'y')]), ((made, ['?y', '?x']), [(base, ['?x', '?y']), ('x', 'y')]),
                 ((made, ['?x', term()]), [(base, ['?x', '?x'])]), ((made, ['?a', '?b']), [(made, ['?b', '?a'])])]
        found += [Node('rule', None, (), rule) for rule in r.sample(rules, r.randrange(1, 4))]
        for _ in range(r.randrange(1, 3)):
            asked = (self.pick(base, made), r.choice([['?x', '?y'], ['?x', term()], [term(), '?who'], ['?x', '?x'], [term(), term()]]))
            row = Var('row%d' % self.numbered(), ('R', tree.Struct('', [])))
            shown = self.builtin('string', 'str', ref(row))
            clauses = [Node('from', None, [Node('logic', ('list', row.ty), (), asked)], row), Node('sort', None, [shown]), Node('select', None, [self.again(shown)], False)]
            found.append(Node('print', None, [Node('query', ('list', 'string'), clauses)]))
        return found

    # Shapes

    def descent(self):
        """A recursion some thousand calls deep in all, whose results are used on the way back."""
        ty = self.pick('int', 'string', ('list', 'int'), 'float')
        f = Fun('down%d' % self.numbered(), [Var('n%d' % self.names, 'int'), Var('with%d' % self.names, ty, True)], ty)
        n, given = f.params
        left = binary('-', ref(n), literal(1, 'int'), 'int')
        with self.scope(f.params):
            more = self.leaf(ty) if ty != 'int' else binary('%', ref(n), literal(7, 'int'), 'int')
        step = binary('+', ref(given), more, ty) if ty != 'string' or self.rng.random() < 0.3 else ref(given)
        if ty in ('int', 'float'):
            back = binary('+', Node('call', ty, [left, step], f), literal(1, 'int') if ty == 'int' else literal(0.5, 'float'), ty)
        else:
            back = Node('slice', ty, [Node('call', ty, [left, step], f), literal(0, 'int'), literal(9, 'int')], (True, True))
        stop = Node('ifs', None, [binary('<=', ref(n), literal(0, 'int'), 'bool'), Node('block', None, [Node('return', None, [ref(given)])])])
        node = f.declared('fun', Node('block', None, [stop, Node('return', None, [back])]))
        times = literal(self.pick(30, 200, 900), 'int') if ty in ('int', 'float') else literal(60, 'int')
        return [node, Node('print', None, [Node('call', ty, [times, self.leaf(ty) if ty != 'int' else literal(5, 'int')], f)])]

    def extremes(self):
        """A loop whose bounds are at the ends of the ints, one that runs never, and one whose bounds are computed."""
        i, r = Var('i%d' % self.numbered(), 'int', True), self.rng
        low, high = r.choice([(2 ** 63 - 4, 2 ** 63 - 1), (-2 ** 63, -2 ** 63 + 3), (2 ** 63 - 1, 2 ** 63 - 1), (2 ** 63 - 1, -2 ** 63), (5, 2), (-3, 0), (2 ** 31 - 2, 2 ** 31 + 2), (-2 ** 31 - 2, -2 ** 31 + 1)])
        self.loops += 1
        body = self.block(2, [Var(i.name, 'int')])
        self.loops -= 1
        loop = Node('forrange', None, [literal(low, 'int'), literal(high, 'int'), Node('block', None, [Node('print', None, [ref(i)])] + ([] if r.random() < 0.5 else self.renamed(body, i)))], i)
        total = Var('t%d' % self.names, 'int', True)
        add = Node('assign', None, [ref(total), binary(self.pick('+', '-'), binary('%', ref(i), literal(self.pick(3, -7, 1000), 'int'), 'int'), ref(total), 'int')])
        return [Node('declare', None, [literal(0, 'int')], (total, False)), Node('forrange', None, [self.again(loop.kids[0]), self.again(loop.kids[1]), Node('block', None, [add])], i),
                loop, Node('print', None, [ref(total)])]

    def renamed(self, block, var):
        """The statements of a block that was made for another variable of the same name."""
        def walk(node):
            if node.kind == 'ref' and node.data.name == var.name and node.data.ty == 'int' and node.data is not var:
                node.data = var
            for kid in node.kids:
                walk(kid)
        walk(block)
        return block.kids

    def generics(self):
        """Generic functions, used for two types."""
        t = 'T'
        a, b, xs, g = Var('a', t), Var('b', t), Var('xs', ('list', t)), Var('g', ('fun', (t,), t))
        pair = Fun('pair%d' % self.numbered(), [a, b], ('list', t), True, 'T')
        nodes = [pair.declared('fun', Node('block', None, [Node('return', None, [Node('list', pair.ret, [ref(a), ref(b)])])]))]
        each, x = Fun('each%d' % self.names, [xs, g], ('list', t), True, 'T'), Var('x', t)
        out = Var('out', ('list', t), True)
        grow = Node('assign', None, [ref(out), self.builtin(out.ty, 'append', ref(out), Node('apply', t, [ref(g), ref(x)]))])
        nodes.append(each.declared('fun', Node('block', None, [Node('declare', None, [Node('list', out.ty, [])], (out, True)), Node('forin', None, [ref(xs), Node('block', None, [grow])], x),
                                                               Node('return', None, [ref(out)])])))
        for ty in self.rng.sample(['int', 'string', 'float', ('list', 'int'), self.structs[0]], 2):
            of = ('list', ty)
            made = Node('call', of, [self.e(ty), self.e(ty)], pair)
            nodes.append(Node('print', None, [Node('call', of, [made, self.function_value(('fun', (ty,), ty), self.e)], each)]))
        return nodes

    def converted(self):
        """A list cast to its own or a wider type is a copy; an `any` is cast back."""
        a, b, c = Var('was%d' % self.numbered(), ('list', 'int'), True), Var('is%d' % self.names, ('list', 'int'), True), Var('some%d' % self.names, 'any', True)
        value = self.e(self.pick('int', 'string', 'float', ('list', 'int')))
        found = [Node('declare', None, [Node('list', a.ty, [self.e('int'), self.e('int')])], (a, False)), Node('declare', None, [Node('cast', b.ty, [ref(a)], b.ty)], (b, False)),
                 Node('assign', None, [Node('index', 'int', [ref(self.pick(a, b)), literal(0, 'int')]), self.e('int')]), Node('print', None, [ref(a), ref(b)]),
                 Node('declare', None, [value], (c, True))]
        to = value.ty if self.rng.random() < 0.8 else self.pick('int', 'float', 'string', ('list', 'int'))
        return found + [Node('print', None, [Node('cast', to, [ref(c)], to)])]

    def matched(self):
        """A match as a statement; what its blocks do counts."""
        union = self.rng.choice(self.unions)
        arms = []
        for variant in union[1].variants:
            node, variables = self.pattern(variant, union, False)
            block = self.block(2, variables)
            block.kids.insert(0, Node('print', None, [literal(variant.name, 'string')]))
            arms.append(Node('arm', None, [node, block]))
        return [Node('matchs', None, [self.e(union)] + arms)]

    def ages(self):
        """Structs in a list, changed by a method, through an alias, and by `update`."""
        owners = [s for s in self.structs if s[1].methods and s is not self.box]
        if not owners:
            return self.show()
        owner = self.rng.choice(owners)
        xs, x = Var('olds%d' % self.numbered(), ('list', owner), True), Var('old%d' % self.names, owner, True)
        found = [Node('declare', None, [Node('list', xs.ty, [self.e(owner) for _ in range(2)])], (xs, True)), Node('declare', None, [Node('index', owner, [ref(xs), literal(-1, 'int')])], (x, False))]
        self.add(xs)
        self.add(x)
        for _ in range(self.rng.randrange(1, 4)):
            method, field = self.rng.choice(owner[1].methods), self.rng.choice(owner[1].fields)
            target = ref(x) if self.rng.random() < 0.5 else Node('index', owner, [ref(xs), literal(self.pick(0, 1), 'int')])
            found.append(Node('expr', None, [Node('method', method.ret, [target] + [self.e(p.ty) for p in method.params], method)]))
            found.append(Node('assign', None, [Node('field', field.ty, [self.again(target)], field.name), self.e(field.ty)]))
        return found + [Node('print', None, [ref(xs), ref(x)]), *self.update(), Node('print', None, [ref(x)])]

    def table(self):
        """A literal of many rows, made anew at each call, and queries over it."""
        r = self.rng
        kind = self.pick('int', 'string', 'float', 'any', ('opt', 'int'), 'bool', ('list', 'int'), *self.records, *self.structs)
        rows, f = ('list', kind), Fun('rows%d' % self.numbered(), [], ('list', kind), r.random() < 0.5)
        few = [self.leaf(kind) for _ in range(self.pick(3, 12, 40))]
        items = [self.again(r.choice(few)) if r.random() < 0.6 else self.leaf(kind) for _ in range(self.pick(29, 30, 31, 64, 99, 100, 101, 130))]
        if r.random() < 0.2:
            items[r.randrange(len(items))] = self.e(kind)
        node = f.declared('fun', Node('block', None, [Node('return', None, [Node('list', rows, items)])]))
        self.add(f)
        var, again = Var('tab%d' % self.names, rows, True), Var('same%d' % self.names, rows, True)
        found = [node, Node('declare', None, [Node('call', rows, [], f)], (var, False)), Node('declare', None, [Node('call', rows, [], f)], (again, False)),
                 Node('assign', None, [Node('index', kind, [ref(var), literal(self.pick(0, -1, 7), 'int')]), self.e(kind)])]
        self.add(var)
        self.add(again)
        if r.random() < 0.5:
            found.append(Node('assign', None, [ref(var), self.builtin(rows, 'append', ref(var), self.e(kind))]))
        a, b = self.fresh(kind), Var('o%d' % self.names, kind)
        self.add(a)
        self.add(b)
        keys = [(x, y) for x in self.join_keys(a) for y in self.join_keys(b) if x.ty == y.ty]
        if keys:
            on = binary('==', *r.choice(keys), 'bool')
            value = self.builtin('string', 'str', self.again(r.choice(on.kids)))
            clauses = [Node('from', None, [ref(var)], a), Node('join', None, [ref(again), on], (self.pick('', 'left', 'right', 'outer'), b)), Node('take', None, [literal(50, 'int')]),
                       Node('select', None, [Node('if', 'string', [binary('==', self.again(on.kids[0]), literal(None, 'any'), 'bool'), literal('-', 'string'), value], True)], False)]
            found.append(Node('print', None, [Node('query', ('list', 'string'), clauses)]))
        self.hide([a, b])
        both = binary(self.pick('union', 'union all', 'except', 'intersect'), ref(var), ref(again), rows)
        return found + [Node('print', None, [self.builtin('int', 'len', both), Node('slice', rows, [ref(var), literal(-3, 'int')], (True, False)), self.builtin('int', 'len', self.builtin(rows, 'distinct', ref(again)))]),
                        Node('print', None, [Node('slice', rows, [self.again(both), literal(0, 'int'), literal(4, 'int')], (True, True))])]

    def members(self):
        """`in` over and over on a list that changes now and then."""
        kind = self.pick('int', 'string', 'float', 'any', ('opt', 'int'), 'bigint', ('list', 'int'), *self.records)
        xs, i, hits = Var('set%d' % self.numbered(), ('list', kind), True), Var('i%d' % self.names, 'int'), Var('hits%d' % self.names, 'int', True)
        found = [Node('declare', None, [Node('list', xs.ty, [self.leaf(kind) for _ in range(self.pick(2, 9, 30))])], (xs, False)), Node('declare', None, [literal(0, 'int')], (hits, False))]
        self.add(xs)
        probe = lambda: self.leaf(kind) if self.rng.random() < 0.4 else Node('index', kind, [ref(xs), binary('%', ref(i), literal(2, 'int'), 'int')])
        count = lambda: Node('ifs', None, [binary('in', probe(), ref(xs), 'bool'), Node('block', None, [Node('assign', None, [ref(hits), binary('+', ref(hits), literal(1, 'int'), 'int')])])])
        change = self.rng.choice([Node('assign', None, [Node('index', kind, [ref(xs), literal(self.pick(0, -1), 'int')]), self.leaf(kind)]),
                                  Node('assign', None, [ref(xs), self.builtin(xs.ty, 'append', ref(xs), self.leaf(kind))]),
                                  Node('assign', None, [Node('index', kind, [ref(xs), self.builtin('int', 'len', ref(xs))]), self.leaf(kind)])])
        at = binary('==', ref(i), literal(self.pick(3, 9, 12), 'int'), 'bool')
        body = [count(), Node('ifs', None, [at, Node('block', None, [change])]), count()]
        found.append(Node('forrange', None, [literal(0, 'int'), literal(self.pick(6, 20), 'int'), Node('block', None, body)], i))
        x = Var('x%d' % self.names, kind)
        clauses = [Node('from', None, [Node('list', xs.ty, [self.leaf(kind) for _ in range(12)])], x), Node('where', None, [binary('in', ref(x), ref(xs), 'bool')]), Node('select', None, [ref(x)], False)]
        return found + [Node('print', None, [ref(hits), Node('query', xs.ty, clauses)])]

    def spread(self):
        """Loops in loops, left by `break`, `continue` and `return`."""
        f = Fun('hunt%d' % self.numbered(), [Var('limit%d' % self.names, 'int', True)], 'int')
        i, j, seen = Var('i%d' % self.names, 'int'), Var('j%d' % self.names, 'int'), Var('seen%d' % self.names, 'int', True)
        outer, self.result = self.result, 'int'
        self.blocks += 2
        with self.scope([*f.params, i, j, seen]):
            self.loops += 1
            inner = [s for _ in range(3) for s in self.statement()]
            self.loops -= 1
            product = binary('*', ref(i), ref(j), 'int')
            leave = [Node('ifs', None, [binary('==', binary('%', product, literal(self.pick(2, 3, 5), 'int'), 'int'), literal(1, 'int'), 'bool'), Node('block', None, [Node(self.pick('break', 'continue'))])]),
                     Node('ifs', None, [binary('>', ref(seen), ref(f.params[0]), 'bool'), Node('block', None, [Node('return', None, [ref(seen)])])])]
        self.blocks -= 2
        self.result = outer
        self.rng.shuffle(leave)
        count = Node('assign', None, [ref(seen), binary('+', ref(seen), literal(1, 'int'), 'int')])
        loop = Node('forrange', None, [literal(0, 'int'), literal(4, 'int'), Node('block', None, [leave[0], count, *inner, leave[1]])], j)
        after = Node('ifs', None, [binary('>', ref(seen), literal(self.pick(2, 6, 30), 'int'), 'bool'), Node('block', None, [Node('break')])])
        node = f.declared('fun', Node('block', None, [Node('declare', None, [literal(0, 'int')], (seen, False)), Node('forrange', None, [ref(f.params[0]), literal(5, 'int'), Node('block', None, [loop, after])], i),
                                                      Node('return', None, [binary('-', literal(0, 'int'), ref(seen), 'int')])]))
        self.add(f)
        return [node, Node('print', None, [Node('call', 'int', [literal(at, 'int')], f) for at in (0, 2)])]
