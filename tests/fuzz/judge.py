"""The judge: runs a tree by the rules of the language, without any part of the compiler.

`judge(program)` gives what the program prints and the error that ends it, if one does. It is a plain walk over the tree: scopes are
chains of dictionaries keyed by the variable itself, a closure keeps its scope, joins are nested loops, sorting is a stable comparison
sort. What the description leaves open raises `Unjudged`. Steps and sizes are limited (`Spent`), as generated programs can grow.
"""
import library
import tree
from judge_logic import DEEPEST, Worlds
from judge_queries import Queries
from scopes import Break, Continue, FieldScope, Return, Scope, Spent
from values import MAX, Big, Closure, Fault, Group, Map, Mode, Struct, Unjudged, Zero, arithmetic, checked, equal, json_text, less, same, small, text, truthy


class Judge(Queries, Worlds):
    def __init__(self, steps=60_000, size=6_000):
        self.steps, self.size, self.lines, self.depth = steps, size, [], 0
        self.read = 0
        self.handlers, self.facts, self.rules = [], [], []

    def step(self, cost=1):
        self.steps -= cost
        if self.steps < 0:
            raise Spent()

    def ev(self, n, s):
        self.step()
        try:
            value = getattr(self, 'ev_' + n.kind)(n, s)
        except Unjudged as fault:
            # The smallest part around it that another value can stand for.
            if fault.node is None and tree.is_known(n.ty):
                fault.node = n
            raise
        if type(value) in (str, list) and len(value) > self.size or type(value) is Big and abs(value.n) >> 3000 or type(value) is int and abs(value) >> 3000:
            raise Spent()
        return value

    def holds(self, n, s):
        return truthy(self.ev(n, s))

    def all(self, kids, s):
        return [self.ev(kid, s) for kid in kids]

    # Expressions

    def ev_lit(self, n, s):
        return n.data

    def ev_ref(self, n, s):
        return s.owner(n.data)[n.data]

    ev_fn = ev_ref

    def ev_bin(self, n, s):
        op = n.data
        a = self.ev(n.kids[0], s)
        if op == '&&' or op == '||':
            return self.ev(n.kids[1], s) if truthy(a) == (op == '&&') else a
        if op == '??':
            return self.ev(n.kids[1], s) if a is None else a
        b = self.ev(n.kids[1], s)
        self.step(len(a) // 8 if type(a) in (list, str) else 0)
        if op in ('==', '!='):
            return equal(a, b) == (op == '==')
        if op in ('<', '<=', '>', '>='):
            return less(a, b, op, n)
        if op == 'in':
            return self.contained(a, b, n)
        if op in ('union', 'union all', 'except', 'intersect'):
            return library.set_operator(op, a, b)
        return arithmetic(op, a, b, n)

    def contained(self, a, b, n):
        if type(b) is list or type(b) is Group:
            return any(same(a, x) for x in (b if type(b) is list else b.items))
        if type(b) is Map:
            return small(a, n) in b
        if type(b) is str and type(a) is str:
            return a in b
        raise Unjudged('in', n)

    def ev_neg(self, n, s):
        a = self.ev(n.kids[0], s)
        if a is None:
            return None
        if type(a) is Zero:
            raise a.open()
        return Big(-a.n) if type(a) is Big else checked(-a, n) if type(a) is int else -a

    def ev_not(self, n, s):
        return not self.holds(n.kids[0], s)

    def ev_if(self, n, s):
        if self.holds(n.kids[0], s):
            return self.ev(n.kids[1], s)
        return self.ev(n.kids[2], s) if len(n.kids) > 2 else None

    def ev_match(self, n, s):
        subject = self.ev(n.kids[0], s)
        for arm in n.kids[1:]:
            inner = Scope(s)
            if self.matches(arm.kids[0], subject, inner):
                return self.ev(arm.kids[1], inner)
        return None

    def matches(self, pattern, value, s):
        if pattern.kind == 'pany':
            return True
        if pattern.kind == 'pvar':
            s.vars[pattern.data] = value
            return True
        if pattern.kind == 'plit':
            return equal(value, pattern.data)
        variant = pattern.data
        if type(value) is not Struct or value.name != self.named(variant):
            return False
        return all(self.matches(p, value.fields[f.name], s) for p, f in zip(pattern.kids, variant.fields))

    def ev_call(self, n, s):
        f = s.owner(n.data)[n.data]
        return self.call(f, self.all(n.kids, s))

    def ev_apply(self, n, s):
        f = self.ev(n.kids[0], s)
        return self.call(f, self.all(n.kids[1:], s))

    def call(self, f, args):
        if type(f) is not Closure:
            raise Unjudged('call of something else')
        got = list(f.got) + args
        if len(got) < len(f.params):
            return Closure(f.params, f.body, f.env, got)
        self.depth += 1
        if self.depth > DEEPEST:
            raise Spent()
        inner = Scope(f.env)
        inner.vars.update(zip(f.params, got))
        try:
            if f.body.kind != 'block':
                return self.ev(f.body, inner)
            self.run_block(f.body, inner)
            return None
        except Return as found:
            return found.value
        finally:
            self.depth -= 1

    def ev_method(self, n, s):
        target = self.ev(n.kids[0], s)
        args = self.all(n.kids[1:], s)
        if type(target) is not Struct:
            raise Unjudged('method of none', n)
        env = FieldScope(self.top, self.structs[target.name], target)
        return self.call(Closure(n.data.params, n.data.body, env), args)

    def ev_sibling(self, n, s):
        args = self.all(n.kids, s)
        while not isinstance(s, FieldScope):
            s = s.outer
        return self.call(Closure(n.data.params, n.data.body, s), args)

    def ev_field(self, n, s):
        return self.field(self.ev(n.kids[0], s), n.data, n)

    ev_optfield = ev_field

    def ev_rowfield(self, n, s):
        return self.field(self.ev(n.kids[0], s), n.data.name + self.tag, n)

    def field(self, target, name, n):
        if target is None:
            return None
        if type(target) is Struct:
            return target.fields[name]
        if type(target) is Map:
            return target.get(name)
        if type(target) is Group:
            return target.key if name == 'key' else target.items if name == 'items' else target.key[name]
        raise Unjudged('field', n)

    def ev_index(self, n, s):
        target = self.ev(n.kids[0], s)
        return self.at(target, self.ev(n.kids[1], s), n)

    ev_optindex = ev_index

    def at(self, target, i, n):
        if target is None:
            return None
        small(i, n)
        if type(target) is Map:
            return target.get(i)
        if type(target) not in (list, str) or type(i) is not int:
            raise Unjudged('index', n)
        if not -len(target) <= i < len(target):
            raise Fault('%s index out of range: %d (len %d)' % ('list' if type(target) is list else 'string', i, len(target)), n)
        return target[i]

    def ev_slice(self, n, s):
        target, *bounds = self.all(n.kids, s)
        if target is None:
            return None
        low = bounds.pop(0) if n.data[0] else 0
        high = bounds.pop(0) if n.data[1] else len(target)
        return library.part(target, low, high)

    def ev_list(self, n, s):
        return self.all(n.kids, s)

    def ev_map(self, n, s):
        found = Map()
        for i in range(0, len(n.kids), 2):
            key = self.key(self.ev(n.kids[i], s), n.kids[i])
            found[key] = self.ev(n.kids[i + 1], s)
        return found

    def key(self, key, n):
        """A map's key where it is stored. Under --exact-ints what is computed may be a big number, whose kind as a key is text."""
        if Mode.exact and type(key) is int and (n.kind not in ('lit', 'cast') or key < -MAX):
            raise Unjudged('the kind of a key', n)
        return key

    def ev_rec(self, n, s):
        return Map(zip(n.data, self.all(n.kids, s)))

    def ev_struct(self, n, s):
        decl, order = n.data
        values = self.all(n.kids, s)
        names = [decl.fields[at].name for at in order]
        found = dict.fromkeys(f.name for f in decl.fields)
        found.update(zip(names, values))
        return Struct(self.named(decl), found)

    def ev_variant(self, n, s):
        return Struct(self.named(n.data), dict(zip((f.name for f in n.data.fields), self.all(n.kids, s))))

    def named(self, decl):
        if decl.name + self.tag not in self.structs:
            raise Unjudged('a type without a declaration')
        return decl.name + self.tag

    def ev_lambda(self, n, s):
        return Closure(n.data.params, n.data.body, s)

    def ev_builtin(self, n, s):
        args = self.all(n.kids, s)
        self.step(sum(len(a) for a in args if type(a) in (list, str)) // 8)
        if n.data == 'input':
            self.read += 1
            return library.LINES[(self.read - 1) % len(library.LINES)]
        if n.data == 'reduce':
            found = args[2]
            for x in list(args[0]):
                found = self.call(args[1], [found, x])
            return found
        return library.BUILTINS[n.data](n, *args)

    ev_dotted = ev_builtin

    def ev_cast(self, n, s):
        return library.cast(self.ev(n.kids[0], s), n.data, n, self.tag)

    # Statements

    def run_block(self, n, s):
        for kid in n.kids:
            if kid.kind == 'fun':
                s.vars[kid.data] = Closure(kid.data.params, kid.data.body, s)
        for kid in n.kids:
            self.run(kid, s)

    def run(self, n, s):
        self.step()
        try:
            getattr(self, 'run_' + n.kind)(n, s)
        except Unjudged as fault:
            if fault.node is None and n.kids and tree.is_known(n.kids[0].ty):
                fault.node = n.kids[0]
            raise

    def run_block_scoped(self, n, s):
        self.run_block(n, Scope(s))

    def run_fun(self, n, s):
        pass

    run_type = run_fun

    def run_declare(self, n, s):
        s.vars[n.data[0]] = self.ev(n.kids[0], s)

    def run_assign(self, n, s):
        target = n.kids[0]
        if target.kind == 'ref':
            value = self.ev(n.kids[1], s)
            s.owner(target.data)[target.data] = value
            return
        container = self.ev(target.kids[0], s)
        key = target.data if target.kind == 'field' else self.ev(target.kids[1], s)
        self.store(container, key, self.ev(n.kids[1], s), target)

    def store(self, container, key, value, target):
        small(key, target)
        if type(container) is Struct:
            container.fields[key] = value
        elif type(container) is Map:
            container[self.key(key, target.kids[-1])] = value
        elif type(container) is list and type(key) is int:
            size = len(container)
            if key == size:
                container.append(value)
            elif -size <= key < size:
                container[key] = value
            elif size < key < size + 50 and None in container:
                # What holds none already can hold more of it; an annotation alone gives a list no room for it (docs/decisions.md).
                container.extend([None] * (key - size) + [value])
            elif key > size:
                raise Unjudged('past the end', target)
            else:
                raise Fault('list index out of range: %d (len %d)' % (key, size), target)
        else:
            raise Unjudged('store', target)

    def run_print(self, n, s):
        values = self.all(n.kids, s)
        for kid, value in zip(n.kids, values):
            if type(value) is Closure:
                raise Unjudged('text of a function', kid)
        shown = ' '.join(map(text, values))
        self.show(shown.strip() if len(n.kids) > 2 else shown)

    def run_json(self, n, s):
        self.show(json_text(self.ev(n.kids[0], s)))

    def run_save(self, n, s):
        self.show(library.saved(self.ev(n.kids[0], s), *n.data))

    def show(self, line):
        self.step(len(line) // 20)
        self.lines.append(line)

    def run_ifs(self, n, s):
        if self.holds(n.kids[0], s):
            self.run_block_scoped(n.kids[1], s)
        elif len(n.kids) > 2:
            (self.run if n.kids[2].kind == 'ifs' else self.run_block_scoped)(n.kids[2], s)

    def turn(self, block, s):
        """One turn of a loop; whether to go on."""
        try:
            self.run_block(block, s)
        except Continue:
            pass
        except Break:
            return False
        return True

    def run_while(self, n, s):
        while self.holds(n.kids[0], s):
            if not self.turn(n.kids[1], Scope(s)):
                break

    def run_forrange(self, n, s):
        low, high = (small(self.ev(kid, s), kid) for kid in n.kids[:2])
        for i in range(low, high):
            inner = Scope(s)
            inner.vars[n.data] = i
            if not self.turn(n.kids[2], inner):
                break

    def run_forin(self, n, s):
        source = self.ev(n.kids[0], s)
        if type(source) is list:
            places = range(len(source))
        else:
            source = self.elements(source)
            places = range(len(source))
        for i in places:
            inner = Scope(s)
            inner.vars[n.data] = source[i]
            if not self.turn(n.kids[1], inner):
                break

    def run_matchs(self, n, s):
        subject = self.ev(n.kids[0], s)
        for arm in n.kids[1:]:
            inner = Scope(s)
            if self.matches(arm.kids[0], subject, inner):
                return self.run_block_scoped(arm.kids[1], inner)

    def run_break(self, n, s):
        raise Break()

    def run_continue(self, n, s):
        raise Continue()

    def run_return(self, n, s):
        raise Return(self.ev(n.kids[0], s) if n.kids else None)

    def run_expr(self, n, s):
        self.ev(n.kids[0], s)

    def run_update(self, n, s):
        var, fields = n.data
        for item in self.ev(tree.ref(var), s):
            decl = self.structs[item.name]
            inner = Scope(s)
            inner.vars = {f: item.fields[f.name] for f in decl.fields}
            if len(n.kids) == len(fields) or self.holds(n.kids[-1], inner):
                found = [self.ev(kid, inner) for kid in n.kids[:len(fields)]]
                item.fields.update(zip((f.name for f in fields), found))

    def run_expect(self, n, s):
        if self.ev(n.kids[0], s) is not True:
            raise Fault('expect condition failed', n)

    def run_test(self, n, s):
        self.run_block_scoped(n.kids[0], s)


def judge(program, tag=''):
    """What it prints, and the fault that ends it or None. Names with a tag are longer: a program that was judged without one has more room."""
    run = Judge(120_000, 12_000) if tag else Judge()
    run.tag, run.top = tag, Scope()
    run.structs = {}
    for kid in program.kids:
        if kid.kind == 'type':
            for decl in ([kid.data] if isinstance(kid.data, tree.Struct) else kid.data.variants):
                run.structs[decl.name + tag] = decl
    try:
        run.run_block(program, run.top)
    except (Break, Continue):
        raise Unjudged('break outside a loop') from None
    except Return:
        pass
    except Fault as fault:
        return run.lines, fault
    return run.lines, None
