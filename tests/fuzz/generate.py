"""Random programs: declarations, statements, and the shapes that statements alone would hardly make.

Well-typed by construction; that a program ends, and mostly without an error, is settled by the judge (see `programs.py`). Names are
visible as the language's scopes say, and inner ones sometimes hide outer ones.
"""
import random
from contextlib import contextmanager
import tree
from expressions import INT_TO_INT, SCALARS, Expressions
from library import LINES
from features import Features
from queries import Queries
from sharing import Sharing
from variety import Variety
from tree import Fun, Node, Var, binary, literal, ref

LISTS = [('list', t) for t in SCALARS]


def shown(ty):
    """Whether `print` shows values of the type."""
    return ty != 'hidden' and ty[0] not in 'EG' and 'fun' not in str(ty)


class Generator(Expressions, Queries, Sharing, Features, Variety):
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.names, self.scopes, self.depth, self.nodes, self.loops, self.result, self.blocks = 0, [{}], 0, 0, 0, None, 0
        self.generic = self.rng.random() < 0.3
        self.structs, self.unions, self.records, self.chooser, self.group = [], [], [], None, None
        # The methods that the body of another may call by their names.
        self.siblings = []
        self.deepest = self.rng.choice([3, 3, 4, 4, 5])
        self.most = self.rng.choice([60, 100, 150, 250, 400, 800])

    # Names

    def fresh(self, ty, mutable=False, name='v'):
        self.names += 1
        seen = [n for scope in self.scopes[:-1] for n, v in scope.items() if isinstance(v, Var) and n not in self.scopes[-1]]
        if seen and self.rng.random() < 0.05:
            return Var(self.rng.choice(seen), ty, mutable)
        return Var('%s%d' % (name, self.names), ty, mutable)

    def add(self, thing):
        self.scopes[-1][thing.name] = thing

    def hide(self, variables):
        """Names that exist no more, as a group's rows: something without a type stands for them."""
        for var in variables:
            self.scopes[-1][var.name] = Var(var.name, 'hidden')

    @contextmanager
    def scope(self, things):
        self.scopes.append({thing.name: thing for thing in things})
        yield
        self.scopes.pop()

    def seen(self):
        found = {}
        for scope in self.scopes:
            found.update(scope)
        return found.values()

    def visible(self, ty, mutable=False):
        return [v for v in self.seen() if isinstance(v, Var) and v.ty == ty and (v.mutable or not mutable)]

    def functions(self, ret):
        return [f for f in self.seen() if isinstance(f, Fun) and f.ret == ret]

    # Types

    def any_type(self):
        r = self.rng.random()
        if r < 0.5:
            return self.pick(*SCALARS)
        if r < 0.75:
            return self.pick(*LISTS, ('list', 'any'), ('list', ('list', 'int')), ('list', ('opt', 'int')), ('list', self.pick(*self.structs, *self.unions, *self.records)))
        return self.pick(('map', 'string', 'int'), ('map', 'int', 'string'), ('map', 'string', ('list', 'int')), ('map', 'string', ('map', 'string', 'int')), 'bigint', 'bigrat',
                         ('opt', 'int'), ('opt', 'string'), ('opt', 'float'), 'any', *self.structs, *self.unions, *self.records, ('opt', self.structs[0]))

    def declared_type(self):
        return self.any_type() if self.rng.random() < 0.88 else self.pick(INT_TO_INT, ('fun', ('string',), 'int'), ('list', INT_TO_INT), ('fun', (), 'int'), ('map', 'string', INT_TO_INT))

    def types(self):
        r, found = self.rng, []
        for i in range(r.randrange(1, 3)):
            decl = tree.Struct('P%d' % i, [])
            ty = ('S', decl)
            kinds = list(SCALARS) + [('list', 'int'), ('opt', 'int'), ('list', 'string'), ('map', 'string', 'int'), ('opt', ty), 'any']
            decl.fields = [Var('f%d' % j, t, True, True) for j, t in enumerate(r.sample(kinds, r.randrange(1, 6)))]
            self.structs.append(ty)
            found.append(Node('type', None, (), decl))
        for i in range(r.randrange(1, 3)):
            decl = tree.Union('U%d' % i, [])
            ty = ('U', decl)
            for j in range(r.randrange(2, 5)):
                kinds = [*SCALARS, ('list', 'int'), *self.structs] + [ty, ty] * (j > 0)
                fields = [Var('g%d' % k, r.choice(kinds), False, True) for k in range(r.randrange(0, 4))]
                decl.variants.append(tree.Struct('%s%d' % ('ABCD'[j], i), fields))
            self.unions.append(ty)
            found.append(Node('type', None, (), decl))
        for i in range(r.randrange(1, 3)):
            names = r.sample(['id', 'nm', 'amount', 'ok', 'tag'], r.randrange(1, 5))
            self.records.append(('R', tree.Struct('R%d' % i, [Var(n, r.choice(SCALARS), True, True) for n in names])))
        for node in found:
            if isinstance(node.data, tree.Struct):
                self.methods(node)
        return found

    def methods(self, node):
        for i in range(self.rng.randrange(0, 3)):
            method = Fun('m%d' % i, [self.fresh(self.pick(*SCALARS)) for _ in range(self.rng.randrange(0, 3))], self.pick(*SCALARS))
            outer, self.scopes = self.scopes, [{}]
            with self.scope(node.data.fields), self.scope(method.params):
                node.kids.append(method.declared('method', self.body(method)))
            self.scopes = outer
            node.data.methods.append(method)
            self.siblings.append(method)
        self.siblings = []

    # Statements

    def block(self, size, things=()):
        self.blocks += 1
        with self.scope(things):
            found = Node('block', None, [s for _ in range(self.rng.randrange(1, size + 1)) for s in self.statement()])
        self.blocks -= 1
        return found

    def body(self, f):
        outer, self.result, loops, self.loops = self.result, f.ret, self.loops, 0
        self.blocks += 1
        kids = [s for _ in range(self.rng.randrange(0, 4)) for s in self.statement()]
        kids.append(Node('return', None, [self.e(f.ret)]))
        self.blocks -= 1
        self.result, self.loops = outer, loops
        return Node('block', None, kids)

    def block_function(self, ty):
        f = Fun('', [self.fresh(t, True) for t in ty[1]], ty[2], self.rng.random() < 0.7)
        if self.blocks > 4:
            return self.function_value(ty, self.leaf)
        with self.scope(f.params):
            return f.declared('lambda', self.body(f), ty)

    def statement(self):
        r = self.rng
        kinds = [self.declare] * 5 + [self.show] * 4 + [self.assign] * 6 + [self.calls, self.json, self.expect]
        if self.blocks < 4 and self.nodes < self.most:
            kinds += [self.branch] * 3 + [self.loop] * 4 + [self.function] * 2 + [self.update, self.test]
        if self.loops and r.random() < 0.12:
            return [Node('ifs', None, [self.condition(), Node('block', None, [Node(self.pick('break', 'continue'))])])]
        if self.result and r.random() < 0.08:
            return [Node('ifs', None, [self.condition(), Node('block', None, [Node('return', None, [self.e(self.result)])])])]
        return r.choice(kinds)()

    def declare(self):
        var = self.fresh(self.declared_type(), self.rng.random() < 0.65)
        node = Node('declare', None, [self.e(var.ty)], (var, self.rng.random() < 0.4))
        self.add(var)
        return [node]

    def show(self):
        if self.rng.random() < 0.25:
            known = [v for v in self.seen() if isinstance(v, Var) and shown(v.ty)]
            self.rng.shuffle(known)
            if known:
                return [Node('print', None, [ref(v) for v in known[:4]])]
        return [Node('print', None, [self.e(self.any_type()) for _ in range(self.rng.choice([1, 1, 1, 1, 2, 2, 3, 3, 0]))])]

    def json(self):
        return [Node('json', None, [self.e(self.any_type())])]

    def expect(self):
        return [Node('expect', None, [self.e('bool')])]

    def test(self):
        return [Node('test', None, [self.block(3)], 'test %d' % self.names)] if self.blocks == 0 else self.show()

    def calls(self):
        known = [f for f in self.seen() if isinstance(f, Fun)]
        if not known:
            return self.show()
        f = self.rng.choice(known)
        return [Node('expr', None, [self.call(f, f.ret)])]

    def assign(self):
        r = self.rng
        known = [v for v in self.seen() if isinstance(v, Var) and v.mutable and v.ty != 'hidden']
        if not known:
            return self.declare()
        target = ref(r.choice(known))
        while True:
            head, steps = target.ty[0] if isinstance(target.ty, tuple) else '', target.ty
            if head == 'list' and r.random() < 0.6:
                target = Node('index', steps[1], [target, self.index()])
            elif head == 'map' and r.random() < 0.8:
                target = Node('index', steps[2], [target, self.map_key(steps)])
                break
            elif head in ('S', 'R') and r.random() < 0.8:
                field = r.choice(steps[1].fields)
                target = Node('field', field.ty, [target], field.name)
            else:
                break
        return [Node('assign', None, [target, self.grown(target)])]

    def grown(self, target):
        """The new value; often made of the old one."""
        ty, r = target.ty, self.rng
        if target.kind == 'ref' and r.random() < 0.5:
            if ty in ('int', 'float', 'bigint'):
                return binary(self.pick(*'+-*'), ref(target.data), self.e(ty), ty)
            if ty == 'string':
                return binary('+', ref(target.data), self.e(ty), ty)
            if ty[0] == 'list':
                return self.builtin(ty, 'append', ref(target.data), self.e(ty[1]))
        return self.e(ty)

    def branch(self):
        kids = [self.condition(), self.block(3)]
        if self.rng.random() < 0.5:
            kids.append(self.block(2) if self.rng.random() < 0.6 else self.branch()[0])
        return [Node('ifs', None, kids)]

    def loop(self):
        r = self.rng
        self.loops += 1
        try:
            kind = r.randrange(6)
            if kind == 0:
                var, low = self.fresh('int'), r.randrange(-2, 3)
                return [Node('forrange', None, [literal(low, 'int'), literal(low + r.choice([0, 1, 2, 3, 5, 8]), 'int'), self.block(3, [var])], var)]
            if kind < 4:
                source, of = self.pick((('list', 'int'), 'int'), (('list', 'string'), 'string'), (('list', 'float'), 'float'), ('string', 'string'), (('map', 'string', 'int'), 'string'),
                                       (('map', 'int', 'string'), 'int'), (('list', 'any'), 'any'), (('list', self.structs[0]), self.structs[0]), (('list', ('list', 'int')), ('list', 'int')),
                                       (('list', ('opt', 'int')), ('opt', 'int')), (('list', self.unions[0]), self.unions[0]), (('list', self.records[0]), self.records[0]))
                source = self.e(source)
                var = self.fresh(of)
                return [Node('forin', None, [source, self.block(3, [var])], var)]
            counter = Var('n%d' % self.names, 'int', True)
            self.names += 1
            body = self.block(3)
            body.kids.insert(0, Node('assign', None, [ref(counter), binary('+', ref(counter), literal(1, 'int'), 'int')]))
            condition = binary('<', ref(counter), literal(r.choice([1, 2, 3, 5, 9]), 'int'), 'bool')
            if r.random() < 0.3:
                condition = binary('&&', condition, self.condition(), 'bool')
            return [Node('declare', None, [literal(0, 'int')], (counter, False)), Node('while', None, [condition, body])]
        finally:
            self.loops -= 1

    def function(self):
        r = self.rng
        f = Fun('fn%d' % self.names, [], self.declared_type() if r.random() < 0.3 else self.pick(*SCALARS, *LISTS, *self.structs, *self.unions), r.random() < 0.6)
        self.names += 1
        count = r.choice([0, 1, 1, 2, 2, 3, 3, 10, 13])
        f.params = [self.fresh(self.declared_type() if count < 5 else self.pick('int', 'float', 'float', 'string', 'bool'), True) for _ in range(count)]
        if len({p.name for p in f.params}) < count:
            return self.declare()
        with self.scope(f.params):
            if r.random() < 0.3:
                body = self.recursive(f)
            else:
                body = self.body(f)
        node = f.declared('fun', body)
        self.add(f)
        return [node]

    def recursive(self, f):
        """A function that calls itself with a smaller number."""
        left = Var('left%d' % self.names, 'int')
        f.params.insert(0, left)
        stop = binary('||', binary('<=', ref(left), literal(0, 'int'), 'bool'), binary('>', ref(left), literal(6, 'int'), 'bool'), 'bool')
        first = Node('ifs', None, [stop, Node('block', None, [Node('return', None, [self.e(f.ret)])])])
        body = self.body(f)
        again = Node('call', f.ret, [binary('-', ref(left), literal(1, 'int'), 'int')] + [self.e(p.ty) for p in f.params[1:]], f)
        if self.rng.random() < 0.5 or f.ret not in ('int', 'float', 'string'):
            body.kids[-1] = Node('return', None, [again])
        else:
            body.kids[-1] = Node('return', None, [binary('+', self.e(f.ret), again, f.ret)])
        body.kids.insert(0, first)
        return body

    def update(self):
        r = self.rng
        lists = [v for s in self.structs for v in self.visible(('list', s))]
        if not lists or self.blocks:
            return self.declare()
        var = r.choice(lists)
        fields = r.sample(var.ty[1][1].fields, 1)
        # In an `update` the fields hide everything of the same name; they cannot be assigned there.
        with self.scope(var.ty[1][1].fields):
            kids = [self.e(f.ty) for f in fields]
            if r.random() < 0.7:
                kids.append(self.e('bool'))
        return [Node('update', None, kids, (var, fields)), Node('print', None, [ref(var)])]

    # Shapes

    def pressure(self):
        """Many variables alive at once."""
        ty, f = self.pick('int', 'float', 'string', 'int'), Fun('wide%d' % self.names, [], None, True)
        f.ret = ty
        self.names += 1
        f.params = [Var('a%d' % i, self.pick('int', 'float', ty)) for i in range(9 if self.rng.random() < 0.5 else 2)]
        kids, lives = [], []
        with self.scope(f.params):
            for i in range(self.rng.randrange(20, 50)):
                var = Var('w%d' % i, ty)
                self.depth = self.deepest
                kids.append(Node('declare', None, [binary('+', self.e(ty), self.e(ty), ty)], (var, False)))
                self.add(var)
                lives.append(var)
            self.depth = 0
            found = ref(lives[0])
            for var in lives[1:]:
                found = binary('+' if ty == 'string' else self.pick('+', '-', '+'), found, ref(var), ty)
            kids.append(Node('return', None, [found]))
        node = f.declared('fun', Node('block', None, kids))
        self.add(f)
        return [node, Node('print', None, [self.call(f, ty)])]

    def deep(self):
        ty = self.pick('int', 'float', 'string', 'bigint')
        found = self.leaf(ty)
        for _ in range(self.rng.randrange(20, 60)):
            other = self.leaf(ty) if ty == 'string' or self.rng.random() < 0.5 else literal(self.rng.randrange(-3, 4), 'int') if ty != 'float' else self.leaf(ty)
            pair = [found, other]
            self.rng.shuffle(pair)
            found = binary('+' if ty == 'string' else self.pick('+', '-', '*'), *pair, ty)
        return [Node('print', None, [found])]

    def allocating(self):
        """A loop that makes lists, strings and records, so that collections happen."""
        kept, text, i = Var('kept%d' % self.names, ('list', ('list', 'int')), True), Var('text%d' % self.names, 'string', True), Var('i%d' % self.names, 'int')
        self.names += 1
        inner = Node('list', ('list', 'int'), [ref(i), binary('*', ref(i), literal(3, 'int'), 'int')])
        nodes = [Node('declare', None, [Node('list', kept.ty, [])], (kept, True)), Node('declare', None, [literal('', 'string')], (text, False))]
        body = [Node('assign', None, [ref(kept), self.builtin(kept.ty, 'append', ref(kept), inner)]),
                Node('assign', None, [ref(text), binary('+', ref(text), self.builtin('string', 'str', ref(i)), 'string')])]
        with self.scope([kept, text, i]):
            self.loops += 1
            body += [s for _ in range(2) for s in self.statement() if s.kind not in ('print', 'json')]
            self.loops -= 1
        nodes.append(Node('forrange', None, [literal(0, 'int'), literal(self.rng.choice([30, 100, 300]), 'int'), Node('block', None, body)], i))
        self.add(kept)
        self.add(text)
        return nodes + [Node('print', None, [self.builtin('int', 'len', ref(kept)), Node('index', ('list', 'int'), [ref(kept), literal(-1, 'int')]), self.builtin('int', 'len', ref(text))])]

    def counter(self):
        """A closure that outlives the function whose variable it changes."""
        start, made = Var('start', 'int', True), Fun('counter%d' % self.names, [], ('fun', (), 'int'), False)
        self.names += 1
        made.params = [start]
        inner = Fun('', [], 'int')
        bump = Node('assign', None, [ref(start), binary('+', ref(start), literal(self.rng.randrange(1, 4), 'int'), 'int')])
        value = inner.declared('lambda', Node('block', None, [bump, Node('return', None, [ref(start)])]), made.ret)
        node = made.declared('fun', Node('block', None, [Node('return', None, [value])]))
        a, b = self.fresh(made.ret), Var('again%d' % self.names, made.ret)
        found = [node, Node('declare', None, [self.call(made, made.ret)], (a, False)), Node('declare', None, [ref(a)], (b, False))]
        self.add(a)
        self.add(b)
        return found + [Node('print', None, [Node('apply', 'int', [ref(v)]) for v in (a, b, a)])]

    def makers(self):
        """Closures made in a loop, each with the variable of its own turn."""
        i, fs, f = self.fresh('int'), Var('fs%d' % self.names, ('list', ('fun', (), 'int')), True), Var('g%d' % self.names, ('fun', (), 'int'))
        self.names += 1
        with self.scope([i]):
            made = self.function_value(f.ty, self.e)
        grow = Node('assign', None, [ref(fs), self.builtin(fs.ty, 'append', ref(fs), made)])
        found = [Node('declare', None, [Node('list', fs.ty, [])], (fs, False)), Node('forrange', None, [literal(0, 'int'), literal(3, 'int'), Node('block', None, [grow])], i)]
        return found + [Node('forin', None, [ref(fs), Node('block', None, [Node('print', None, [Node('apply', 'int', [ref(f)])])])], f)]

    def mutual(self):
        """Two functions that call each other, the second declared after the first."""
        ty = self.pick('int', 'string', 'bool')
        fs = [Fun('%s%d' % (n, self.names), [Var('n', 'int')], ty) for n in ('even', 'odd')]
        self.names += 1
        nodes = []
        for f, other in (fs, fs[::-1]):
            with self.scope(f.params):
                base = Node('return', None, [self.e(ty)])
                again = Node('call', ty, [binary('-', ref(f.params[0]), literal(1, 'int'), 'int')], other)
                stop = binary('||', binary('<=', ref(f.params[0]), literal(0, 'int'), 'bool'), binary('>', ref(f.params[0]), literal(9, 'int'), 'bool'), 'bool')
                nodes.append(f.declared('fun', Node('block', None, [Node('ifs', None, [stop, Node('block', None, [base])]), Node('return', None, [again])])))
        for f in fs:
            self.add(f)
        return nodes + [Node('print', None, [self.call(fs[0], ty)])]

    def aliases(self):
        """Two names of one list; appending makes a new one, assigning changes both."""
        ty = self.pick(('list', 'int'), ('list', 'string'), ('list', ('list', 'int')))
        a, b, c = Var('al%d' % self.names, ty, True), Var('bl%d' % self.names, ty, True), Var('cl%d' % self.names, ty, True)
        self.names += 1
        at = literal(self.rng.randrange(-1, 2), 'int')
        found = [Node('declare', None, [Node('list', ty, [self.e(ty[1]), self.e(ty[1])])], (a, False)), Node('declare', None, [ref(a)], (b, False))]
        for v in (a, b):
            self.add(v)
        steps = [Node('assign', None, [ref(a), self.builtin(ty, 'append', ref(a), self.e(ty[1]))]), Node('assign', None, [Node('index', ty[1], [ref(b), at]), self.e(ty[1])]),
                 Node('assign', None, [Node('index', ty[1], [ref(a), literal(0, 'int')]), self.e(ty[1])]), Node('assign', None, [ref(b), ref(a)])]
        self.rng.shuffle(steps)
        found += steps[:3] + [Node('declare', None, [self.builtin(ty, 'append', ref(b), self.e(ty[1]))], (c, False)), steps[3]]
        return found + [Node('print', None, [ref(a), ref(b), ref(c)])]

    def growing(self):
        """A list that is assigned to, and extended, while a loop goes over it."""
        xs, x = Var('xs%d' % self.names, ('list', 'int'), True), self.fresh('int')
        self.names += 1
        size = self.builtin('int', 'len', ref(xs))
        body = [Node('assign', None, [Node('index', 'int', [ref(xs), size]), ref(x)]), Node('assign', None, [Node('index', 'int', [ref(xs), literal(1, 'int')]), binary('+', ref(x), literal(10, 'int'), 'int')])]
        found = [Node('declare', None, [Node('list', xs.ty, [self.leaf('int'), literal(2, 'int'), literal(3, 'int')])], (xs, False))]
        self.add(xs)
        return found + [Node('forin', None, [ref(xs), Node('block', None, body + [Node('print', None, [ref(x), ref(xs)])])], x)]

    def inputs(self):
        """Reads all lines of standard input that there are for one program."""
        variables = [Var('line%d' % i, 'string', True) for i in range(len(LINES))]
        found = [Node('declare', None, [self.builtin('string', 'input')], (var, False)) for var in variables]
        for var in variables:
            self.add(var)
        return found

    def program(self):
        kids = self.types()
        kids += self.inputs() if self.rng.random() < 0.2 else []
        shares = self.rng.random() < 0.4
        if shares:
            kids += self.shared_types()
        a, b, c = Var('a', 'T'), Var('b', 'T'), Var('c', 'bool')
        choose = Fun('choose', [c, a, b], 'T', True, 'T')
        body = Node('block', None, [Node('ifs', None, [ref(c), Node('block', None, [Node('return', None, [ref(a)])])]), Node('return', None, [ref(b)])])
        kids.append(choose.declared('fun', body))
        self.chooser = choose
        if shares:
            return Node('program', None, kids + self.sharing())
        for _ in range(self.rng.choice([3, 4, 6, 6, 10, 16])):
            self.depth = 0
            kids += self.shape() if self.rng.random() < 0.2 else self.statement()
        return Node('program', None, kids)
