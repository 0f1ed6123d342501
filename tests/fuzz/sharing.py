"""Programs in which several names share one list, map or struct: appended to, assigned to, kept, handed over, stored in one another.

A program of this kind has a struct `Box` of lists of one element type, some variables, and functions and methods that change what they
are given. Everything is a sequence of small steps on random places (a variable, a field, an element, a map's value), so that whoever
appends in place, or shares where a copy is due, is found out by another name of the same value.
"""
import tree
from tree import Fun, Node, Var, binary, literal, ref

TEXT_KEYS = ['a', 'b', 'c']


class Sharing:
    box = None

    def shared_types(self):
        """The struct of lists, and a union that carries one; returns their declarations."""
        self.of = self.pick('int', 'int', 'int', 'string', 'float', 'bool', ('list', 'int'), 'any', ('opt', 'int'), self.structs[0])
        self.xs = ('list', self.of)
        decl = tree.Struct('Box', [])
        self.box = ('S', decl)
        kinds = [('items', self.xs), ('n', 'int'), ('rows', ('list', self.xs)), ('table', ('map', 'string', self.xs)), ('next', ('opt', self.box)), ('name', 'string')]
        decl.fields = [Var(name, ty, True, True) for name, ty in kinds]
        self.holder = ('U', tree.Union('Holder', [tree.Struct('Held', [Var('held', self.xs, False, True)]), tree.Struct('Nothing', [])]))
        node = Node('type', None, (), decl)
        self.structs.append(self.box)
        self.unions.append(self.holder)
        for i in range(self.rng.randrange(1, 4)):
            method = Fun('change%d' % i, self.some_params(), self.pick(self.xs, self.xs, 'int', None))
            outer, self.scopes = self.scopes, [{}]
            with self.scope(decl.fields), self.scope(method.params):
                node.kids.append(method.declared('method', self.steps_body(method)))
            self.scopes = outer
            decl.methods.append(method)
        return [node, Node('type', None, (), self.holder[1])]

    def some_params(self):
        r = self.rng
        kinds = r.choice([[self.of], [self.xs], [self.xs, self.of], [self.xs, self.xs], [self.box], [self.box, self.xs], [('list', self.xs), self.of],
                          [('map', 'string', self.xs)], [self.xs, 'int'], [], [('opt', self.xs)], [('opt', self.xs), self.of]])
        return [Var('p%d_%d' % (self.numbered(), i), ty, True) for i, ty in enumerate(kinds)]

    def numbered(self):
        self.names += 1
        return self.names

    def steps_body(self, f):
        outer, self.result, loops, self.loops = self.result, f.ret, self.loops, 0
        self.blocks += 2
        kids = [s for _ in range(self.rng.randrange(1, 6)) for s in self.step()]
        if f.ret:
            kids.append(Node('return', None, [self.shared_value(f.ret)]))
        self.blocks -= 2
        self.result, self.loops = outer, loops
        return Node('block', None, kids)

    # Places and values

    def places(self, ty):
        """What can be assigned and has this type."""
        found = [ref(v) for v in self.visible(ty, True)]
        for box in self.visible(self.box, True):
            found += [Node('field', ty, [ref(box)], f.name) for f in self.box[1].fields if f.ty == ty]
            if ty == self.xs:
                found.append(Node('index', ty, [Node('field', ('list', ty), [ref(box)], 'rows'), self.row_index()]))
                found.append(Node('index', ty, [Node('field', ('map', 'string', ty), [ref(box)], 'table'), self.key()]))
        for rows in self.visible(('list', ty), True):
            found.append(Node('index', ty, [ref(rows), self.row_index()]))
        for table in self.visible(('map', 'string', ty), True):
            found.append(Node('index', ty, [ref(table), self.key()]))
        for boxes in self.visible(('list', self.box), True):
            found += [Node('field', ty, [Node('index', self.box, [ref(boxes), self.row_index()])], f.name) for f in self.box[1].fields if f.ty == ty]
        return found

    def place(self, ty):
        names = self.visible(ty, True)
        if names and self.rng.random() < 0.5:
            return ref(self.rng.choice(names))
        found = self.places(ty)
        return self.rng.choice(found) if found else None

    def row_index(self):
        return literal(self.pick(0, 0, 1, -1), 'int')

    def key(self):
        return literal(self.pick(*TEXT_KEYS[:2]), 'string')

    def item(self):
        """An element: mostly small, often one that is in a list already."""
        r, of = self.rng, self.of
        if of == 'int' and r.random() < 0.5:
            numbers = self.visible('int')
            if numbers:
                return binary(self.pick('+', '-'), ref(r.choice(numbers)), literal(r.randrange(0, 9), 'int'), 'int')
        if r.random() < 0.3:
            place = self.place(self.xs)
            if place:
                return Node('index', of, [place, literal(self.pick(0, -1), 'int')])
        names = self.visible(of)
        if names and r.random() < 0.5:
            return ref(r.choice(names))
        if of == 'any' and r.random() < 0.1 and not self.loops and not self.blocks:
            # A list in a list of the same type, perhaps in what it grows to itself.
            return self.place(self.xs) or self.leaf(of)
        if of == 'int':
            return literal(r.randrange(-9, 100), 'int')
        return self.leaf(of)

    def shared_value(self, ty):
        """A value that mostly shares something."""
        r = self.rng
        place, names = self.place(ty), self.visible(ty)
        if names and r.random() < 0.3:
            return ref(r.choice(names))
        if place and r.random() < 0.7:
            return place
        if ty == ('opt', self.xs) and r.random() < 0.9:
            # A key's value makes what gets it a place that can be none.
            tables = self.places(('map', 'string', self.xs))
            return Node('index', ty, [r.choice(tables), self.key()]) if tables and r.random() < 0.4 else self.shared_value(self.xs)
        if ty == self.xs:
            found = self.visible(('opt', ty))
            return binary('??', ref(r.choice(found)), self.made_list(), ty) if found and r.random() < 0.5 else self.made_list()
        if ty == self.of:
            return self.item()
        if ty == ('list', self.xs):
            return Node('list', ty, [self.shared_value(self.xs) for _ in range(2)])
        if ty == ('map', 'string', self.xs):
            return Node('map', ty, [kid for key in TEXT_KEYS[:2] for kid in (literal(key, 'string'), self.shared_value(self.xs))])
        if ty == ('list', self.box):
            return Node('list', ty, [self.shared_value(self.box) for _ in range(2)])
        if ty == self.holder:
            return self.variant_literal(ty, self.holder[1].variants[0], self.shared_value)
        if ty == self.box:
            return self.new_box()
        if ty == ('opt', self.box):
            return literal(None, ty) if r.random() < 0.7 else self.new_box()
        if ty == 'int':
            return self.builtin('int', 'len', self.shared_value(self.xs))
        return self.leaf(ty)

    def new_box(self):
        fields = self.box[1].fields
        values = [self.older_box(f.ty) if f.name == 'next' else self.leaf('string') if f.ty == 'string' else self.shared_value(f.ty) for f in fields]
        return Node('struct', self.box, values, (self.box[1], list(range(len(fields)))))

    def older_box(self, ty):
        names = self.visible(self.box)
        return ref(self.rng.choice(names)) if names and self.rng.random() < 0.3 else literal(None, ty)

    def made_list(self):
        """A list made of what is there: each of these is a list of its own."""
        r, ty, b = self.rng, self.xs, self.builtin
        place = self.place(ty)
        if not place or r.random() < 0.2:
            return Node('list', ty, [self.item() for _ in range(r.choice([2, 2, 3, 4]))])
        kind = r.randrange(12)
        if kind < 4:
            return b(ty, 'append', place, self.item())
        if kind == 4:
            return binary('+', place, self.shared_value(ty) if r.random() < 0.5 else Node('list', ty, [self.item()]), ty)
        if kind == 5:
            return b(ty, 'push', place, self.item())
        if kind == 6:
            return b(ty, 'concat', place, self.shared_value(ty))
        if kind == 7:
            has = r.choice([(True, True), (True, False), (False, True)])
            return Node('slice', ty, [place] + [literal(r.choice([0, 1, -1, 2, 9]), 'int') for bound in has if bound], has)
        if kind == 8:
            return b(ty, 'reverse', place)
        if kind == 9:
            # Without its last element, as a stack's or heap's `pop` does it.
            last = binary('-', b('int', 'len', place), literal(1, 'int'), 'int')
            return Node('slice', ty, [self.again(place), literal(0, 'int'), last], (True, True))
        if kind == 10:
            var = self.fresh(self.of)
            return Node('query', ty, [Node('from', None, [place], var), Node('select', None, [ref(var)], False)])
        return Node('cast', ty, [place], ty) if self.of in ('int', ('list', 'int')) else binary('union all', place, self.shared_value(ty), ty)

    def again(self, node):
        """The same place a second time, as a tree of its own."""
        return Node(node.kind, node.ty, [self.again(kid) for kid in node.kids], node.data)

    # Steps

    def step(self):
        r = self.rng
        kinds = [self.grow] * 7 + [self.store] * 5 + [self.rename] * 3 + [self.keep] * 4 + [self.move] * 2 + [self.show_places] * 2 + [self.change] * 3
        kinds += [self.swap, self.enclose, self.table_step, self.nest, self.open_holder, self.fill]
        if self.blocks < 5:
            kinds += [self.repeated] * 4 + [self.each, self.chosen, self.chosen]
        if self.result and self.blocks > 2 and r.random() < 0.1:
            return [Node('ifs', None, [self.small_condition(), Node('block', None, [Node('return', None, [self.shared_value(self.result)])])])]
        return r.choice(kinds)()

    def grow(self):
        """`xs = append(xs, v)`, now and then from another list."""
        place = self.place(self.xs)
        if place is None:
            return self.keep()
        source = self.again(place) if self.rng.random() < 0.8 else self.shared_value(self.xs)
        found = Node('assign', None, [place, self.builtin(self.xs, 'append', source, self.item())])
        if self.rng.random() < 0.2:
            return [found, Node('assign', None, [Node('index', self.of, [self.again(place), literal(self.pick(-1, 0, 1), 'int')]), self.item()])]
        return [found]

    def store(self):
        place = self.place(self.xs)
        if place is None:
            return self.keep()
        at = literal(self.pick(0, 0, 1, -1, -2), 'int') if self.rng.random() < 0.9 else self.builtin('int', 'len', self.again(place))
        return [Node('assign', None, [Node('index', self.of, [place, at]), self.item()])]

    def rename(self):
        ty = self.pick(self.xs, self.xs, self.xs, ('list', self.xs), ('map', 'string', self.xs), self.box)
        place = self.place(ty)
        if place is None:
            return self.keep()
        return [Node('assign', None, [place, self.shared_value(ty)])]

    def keep(self):
        """A new name of something, which must not change when the old name is appended to."""
        ty = self.pick(self.xs, self.xs, self.xs, self.xs, ('list', self.xs), ('map', 'string', self.xs), self.box, ('list', self.box), self.holder, self.of, ('opt', self.xs))
        var = Var('k%d' % self.numbered(), ty, self.rng.random() < 0.8)
        node = Node('declare', None, [self.shared_value(ty)], (var, self.rng.random() < 0.3 and ty != self.of))
        self.add(var)
        return [node]

    def move(self):
        place = self.place(self.xs)
        return [Node('assign', None, [place, self.made_list()])] if place else self.keep()

    def swap(self):
        if self.rng.random() < 0.5:
            a, b = self.place(self.xs), self.place(self.xs)
            ty = self.xs
        else:
            xs = self.place(self.xs)
            a, b = (xs and Node('index', self.of, [self.again(xs), literal(at, 'int')]) for at in (0, -1))
            ty = self.of
        if not a or not b:
            return self.keep()
        t = Var('t%d' % self.numbered(), ty)
        return [Node('declare', None, [a], (t, False)), Node('assign', None, [self.again(a), self.again(b)]), Node('assign', None, [self.again(b), ref(t)])]

    def show_places(self):
        known = [v for v in self.seen() if isinstance(v, Var) and v.ty in (self.xs, ('list', self.xs), ('map', 'string', self.xs), self.box, ('list', self.box), self.holder)]
        self.rng.shuffle(known)
        return [Node('print', None, [ref(v) for v in known[:4]])] if known else self.keep()

    def change(self):
        """A call of a function or method that changes things; its result is kept, dropped, or put in a place."""
        methods = [(ref(v), m) for v in self.visible(self.box) for m in self.box[1].methods]
        functions = [f for f in self.seen() if isinstance(f, Fun) and getattr(f, 'ret', 0) in (None, self.xs, 'int') and f.name.startswith('do')]
        if not methods and not functions:
            return self.keep()
        target, f = self.rng.choice(methods + [(None, f) for f in functions] * 2)
        args = [self.shared_value(p.ty) for p in f.params]
        call = Node('method', f.ret, [target] + args, f) if target else Node('call', f.ret, args, f)
        if f.ret == self.xs and self.rng.random() < 0.75:
            place = self.place(self.xs)
            if place:
                # `h = push(h, v)`
                for at, p in enumerate(f.params):
                    if p.ty == self.xs and self.rng.random() < 0.7:
                        call.kids[at + (1 if target else 0)] = self.again(place)
                        break
                return [Node('assign', None, [place, call])]
        return [Node('expr', None, [call])]

    def enclose(self):
        """A closure that changes what it captures, called at once and later."""
        f = Fun('do%d' % self.numbered(), [Var('c%d' % self.names, self.of, True)], self.pick(self.xs, 'int'))
        with self.scope(f.params):
            node = f.declared('fun', self.steps_body(f))
        self.add(f)
        return [node, Node('expr', None, [Node('call', f.ret, [self.item()], f)])]

    def table_step(self):
        """A map of lists that grows by key, present or not."""
        tables = self.places(('map', 'string', self.xs))
        if not tables:
            return self.keep()
        table = self.rng.choice(tables)
        key = literal(self.pick(*TEXT_KEYS), 'string')
        at = lambda: Node('index', self.xs, [self.again(table), self.again(key)])
        if self.rng.random() < 0.3:
            return [Node('assign', None, [at(), self.builtin(self.xs, 'append', at(), self.item())])]
        grow = Node('assign', None, [at(), self.builtin(self.xs, 'append', at(), self.item())])
        start = Node('assign', None, [at(), Node('list', self.xs, [self.item()])])
        return [Node('ifs', None, [binary('in', key, table, 'bool'), Node('block', None, [grow]), Node('block', None, [start])])]

    def nest(self):
        """A list is put into a list of lists, then goes on growing."""
        rows, place = self.place(('list', self.xs)), self.place(self.xs)
        if not rows or not place:
            return self.keep()
        put = Node('assign', None, [rows, self.builtin(rows.ty, 'append', self.again(rows), place)])
        grow = Node('assign', None, [self.again(place), self.builtin(self.xs, 'append', self.again(place), self.item())])
        store = Node('assign', None, [Node('index', self.of, [Node('index', self.xs, [self.again(rows), literal(-1, 'int')]), literal(0, 'int')]), self.item()])
        return [put] + self.rng.sample([grow, store], self.rng.randrange(0, 3))

    def open_holder(self):
        """A match takes a list out of a variant; the list grows or is assigned to."""
        var = Var('m%d' % self.numbered(), self.xs, True)
        held, nothing = self.holder[1].variants
        subject = self.shared_value(self.holder)
        arms = [Node('arm', self.xs, [Node('pcon', self.holder, [Node('pvar', self.xs, (), var)], held), self.builtin(self.xs, 'append', ref(var), self.item())]),
                Node('arm', self.xs, [Node('pcon', self.holder, [], nothing), self.shared_value(self.xs)])]
        found, out = Node('match', self.xs, [subject] + arms), Var('k%d' % self.numbered(), self.xs, True)
        self.add(out)
        return [Node('declare', None, [found], (out, False))]

    def fill(self):
        """A list built from nothing, kept on the way."""
        xs, i = Var('b%d' % self.numbered(), self.xs, True), Var('i%d' % self.names, 'int')
        found = [Node('declare', None, [Node('list', self.xs, [])], (xs, self.rng.random() < 0.6))]
        with self.scope([xs, i]):
            body = [Node('assign', None, [ref(xs), self.builtin(self.xs, 'append', ref(xs), self.leaf(self.of) if self.of != 'int' else ref(i))])]
            self.blocks += 1
            steps = [self.small_step() for _ in range(self.rng.randrange(0, 3))]
            cut = self.rng.randrange(len(steps) + 1)
            body = steps[:cut] + body + steps[cut:]
            self.blocks -= 1
        self.add(xs)
        return found + [Node('forrange', None, [literal(0, 'int'), literal(self.pick(3, 5, 9, 20), 'int'), Node('block', None, body)], i)]

    def small_step(self):
        """One step, at some turns of a loop."""
        return Node('ifs', None, [self.small_condition(), self.steps_block(1)])

    def small_condition(self):
        numbers = self.visible('int')
        if numbers and self.rng.random() < 0.7:
            by = literal(self.pick(2, 3, 4), 'int')
            return binary('==', binary('%', ref(self.rng.choice(numbers)), by, 'int'), literal(self.pick(0, 1), 'int'), 'bool')
        size = self.builtin('int', 'len', self.shared_value(self.xs))
        return binary(self.pick('<', '>', '=='), size, literal(self.rng.randrange(1, 8), 'int'), 'bool')

    def steps_block(self, most, things=()):
        self.blocks += 1
        with self.scope(things):
            found = Node('block', None, [s for _ in range(self.rng.randrange(1, most + 1)) for s in self.step()])
        self.blocks -= 1
        return found

    def repeated(self):
        i = Var('i%d' % self.numbered(), 'int')
        self.loops += 1
        body = self.steps_block(3, [i])
        if self.rng.random() < 0.15:
            body.kids.append(Node('ifs', None, [self.small_condition(), Node('block', None, [Node(self.pick('break', 'continue'))])]))
        self.loops -= 1
        return [Node('forrange', None, [literal(0, 'int'), literal(self.pick(2, 3, 4, 6, 12), 'int'), body], i)]

    def each(self):
        """A loop over a list that changes meanwhile."""
        ty, of = self.pick((self.xs, self.of), (('list', self.xs), self.xs), (('list', self.box), self.box))
        x = Var('x%d' % self.numbered(), of, True)
        return [Node('forin', None, [self.shared_value(ty), self.steps_block(2, [x])], x)]

    def chosen(self):
        kids = [self.small_condition(), self.steps_block(2)]
        if self.rng.random() < 0.5:
            kids.append(self.steps_block(2))
        return [Node('ifs', None, kids)]

    def shared_function(self):
        f = Fun('do%d' % self.numbered(), self.some_params(), self.pick(self.xs, self.xs, self.xs, 'int', None), self.rng.random() < 0.6)
        with self.scope(f.params):
            node = f.declared('fun', self.steps_body(f))
        self.add(f)
        return [node]

    def builder(self):
        """A recursive function that hands a growing list down, and keeps what it was given."""
        f = Fun('do%d' % self.numbered(), [Var('left%d' % self.names, 'int', True), Var('acc%d' % self.names, self.xs, True)], self.xs)
        left, acc = f.params
        with self.scope(f.params):
            steps = [s for _ in range(self.rng.randrange(0, 3)) for s in self.step()]
            item = self.item()
        stop = binary('||', binary('<=', ref(left), literal(0, 'int'), 'bool'), binary('>', ref(left), literal(7, 'int'), 'bool'), 'bool')
        grown = self.builtin(self.xs, 'append', ref(acc), item)
        again = Node('call', self.xs, [binary('-', ref(left), literal(1, 'int'), 'int'), grown], f)
        kids = [Node('ifs', None, [stop, Node('block', None, [Node('return', None, [ref(acc)])])])] + steps
        if self.rng.random() < 0.5:
            found = Var('r%d' % self.numbered(), self.xs, True)
            kids += [Node('declare', None, [again], (found, False)), Node('print', None, [ref(acc), ref(found)]), Node('return', None, [ref(self.pick(acc, found))])]
        else:
            kids.append(Node('return', None, [again]))
        node = f.declared('fun', Node('block', None, kids))
        self.add(f)
        return [node]

    def sharing(self):
        """The statements of such a program, without its types."""
        r, kids = self.rng, []
        for ty in r.sample([self.xs, self.xs, self.xs, ('list', self.xs), ('map', 'string', self.xs), self.box, self.box, ('list', self.box)], r.randrange(2, 7)):
            var = Var('s%d' % self.numbered(), ty, True)
            kids.append(Node('declare', None, [self.shared_value(ty)], (var, r.random() < 0.4)))
            self.add(var)
        for _ in range(r.randrange(0, 4)):
            kids += self.shared_function() if r.random() < 0.8 else self.builder()
        for _ in range(r.choice([3, 5, 8, 12, 18])):
            chance = r.random()
            kids += self.step() if chance < 0.85 else self.shared_function() if chance < 0.93 else self.statement()
        known = [v for v in self.scopes[0].values() if isinstance(v, Var) and v.ty != 'hidden']
        return kids + [Node('print', None, [ref(v)]) for v in known]
