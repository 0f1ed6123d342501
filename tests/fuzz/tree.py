"""Programs as trees, and their source text.

A tree names what it means: a reference holds the variable itself, not its name. The printer records where each node can fail, as line
and column, so that the judge knows the place of an error. Types are words ('int', 'any') or tuples: ('list', T), ('map', K, V),
('opt', T), ('fun', params, result), ('S', struct), ('U', union), ('R', record).
"""


class Var:
    """A variable, parameter or field. A field's name is printed without the program's tag."""
    __slots__ = ('name', 'ty', 'mutable', 'is_field')

    def __init__(self, name, ty, mutable=False, is_field=False):
        self.name, self.ty, self.mutable, self.is_field = name, ty, mutable, is_field


class Fun:
    """A function, method or lambda. Its body is the only kid of the node that declares it: a block, or an arrow function's expression."""
    __slots__ = ('name', 'params', 'ret', 'stated', 'generic', 'node')

    def __init__(self, name, params, ret, stated=True, generic=None):
        self.name, self.params, self.ret, self.stated, self.generic, self.node = name, params, ret, stated, generic, None

    @property
    def body(self):
        return self.node.kids[0]

    def declared(self, kind, body, ty=None):
        """The node that declares it: 'fun', 'method' or 'lambda'."""
        self.node = Node(kind, ty, [body], self)
        return self.node


class Struct:
    """`fields`: variables in order. Its methods are kids of the node that declares it; they read and assign the fields."""
    __slots__ = ('name', 'fields', 'methods')

    def __init__(self, name, fields):
        self.name, self.fields, self.methods = name, fields, []


class Union:
    """`variants`: structs."""
    __slots__ = ('name', 'variants')

    def __init__(self, name, variants):
        self.name, self.variants = name, variants


class Agent:
    """`fields`: its variables. Its handlers and intents are kids of the node that declares it."""
    __slots__ = ('name', 'fields', 'methods', 'node')

    def __init__(self, name, fields):
        self.name, self.fields, self.methods, self.node = name, fields, [], None


class Node:
    __slots__ = ('kind', 'ty', 'kids', 'data', 'at')

    def __init__(self, kind, ty=None, kids=(), data=None):
        self.kind, self.ty, self.kids, self.data, self.at = kind, ty, list(kids), data, None


def is_known(ty):
    """Whether other values of the type can be made up: not of events and agents, and of what has no type of its own."""
    return ty not in (None, 'T', 'group', 'hidden', 'aggregate') and ty[0] not in 'EG'


def literal(value, ty):
    return Node('lit', ty, (), value)


def ref(var):
    return Node('ref', var.ty, (), var)


def binary(op, a, b, ty):
    return Node('bin', ty, (a, b), op)


def type_text(ty):
    if isinstance(ty, str):
        return ty
    head = ty[0]
    if head in 'SU':
        return ty[1].name
    if head == 'R':
        return 'any'
    if head == 'opt':
        return type_text(ty[1]) + '?'
    if head == 'fun':
        return 'fun(%s): %s' % (', '.join(map(type_text, ty[1])), type_text(ty[2]))
    return '%s<%s>' % (head, ', '.join(map(type_text, ty[1:])))


def sayable(ty):
    """Whether annotations can state the type: records have no name, and `fun(..)?` would bind to the result."""
    if isinstance(ty, str):
        return True
    if ty[0] == 'R' or ty[0] == 'opt' and ty[1][0] == 'fun':
        return False
    if ty[0] == 'fun':
        return all(map(sayable, ty[1])) and sayable(ty[2]) and ty[2][0] not in ('opt', 'fun')
    return all(sayable(t) for t in ty[1:]) if ty[0] in ('list', 'map', 'opt') else True


ESCAPES = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r'}


def string_text(s):
    return '"%s"' % ''.join(ESCAPES.get(c) or ('\\x%02x' % ord(c) if ord(c) < 32 else c) for c in s)


def number_text(n):
    if n == -2 ** 63:
        return '(-9223372036854775807 - 1)'
    return str(n) if n >= 0 else '(-%d)' % -n


class Printer:
    def __init__(self, tag=''):
        self.tag, self.parts, self.line, self.column, self.depth = tag, [], 1, 1, 0

    def text(self):
        return ''.join(self.parts)

    def put(self, *pieces):
        for piece in pieces:
            if isinstance(piece, Node):
                getattr(self, 'put_' + piece.kind)(piece)
            else:
                self.parts.append(piece)
                lines = piece.split('\n')
                self.line += len(lines) - 1
                self.column = len(lines[-1]) + (self.column if len(lines) == 1 else 1)

    def name(self, thing):
        return thing.name if isinstance(thing, Var) and thing.is_field else thing.name + self.tag

    def mark(self, node):
        node.at = (self.line, self.column)

    def listed(self, kids, between=', '):
        for i, kid in enumerate(kids):
            self.put(between if i else '', kid)

    # Expressions

    def put_lit(self, n):
        v = n.data
        if v is None or isinstance(v, bool):
            self.put('none' if v is None else 'true' if v else 'false')
        elif isinstance(v, int):
            self.put(number_text(v))
        elif isinstance(v, float):
            shown = repr(abs(v)).replace('e+', 'e')
            self.put('(-%s)' % shown if str(v)[0] == '-' else shown)
        else:
            self.put(string_text(v))

    def put_ref(self, n):
        self.put(self.name(n.data))

    put_fn = put_ref

    def put_bin(self, n):
        self.put('(', n.kids[0], ' ')
        self.mark(n)
        self.put(n.data, ' ', n.kids[1], ')')

    def put_neg(self, n):
        self.put('(')
        self.mark(n)
        self.put('-', n.kids[0], ')')

    def put_not(self, n):
        self.put('(!', n.kids[0], ')')

    def put_if(self, n):
        if len(n.kids) == 2:
            self.put('(if ', n.kids[0], ' { ', n.kids[1], ' })')
        elif n.data:
            self.put('(if ', n.kids[0], ' then ', n.kids[1], ' else ', n.kids[2], ')')
        else:
            self.put('(if ', n.kids[0], ' { ', n.kids[1], ' } else { ', n.kids[2], ' })')

    def put_match(self, n):
        self.put('(match ', n.kids[0], ' {')
        for arm in n.kids[1:]:
            self.put(' ', arm.kids[0], ' => ', arm.kids[1], ' ')
        self.put('})')

    def put_pany(self, n):
        self.put('_')

    put_pvar = put_ref
    put_plit = put_lit

    def put_pcon(self, n):
        self.put(self.name(n.data))
        if n.kids:
            self.put('(')
            self.listed(n.kids)
            self.put(')')

    def put_call(self, n):
        self.put(self.name(n.data), '(')
        self.listed(n.kids)
        self.put(')')

    def put_apply(self, n):
        simple = n.kids[0].kind in ('ref', 'index', 'field', 'call', 'apply')
        self.put('' if simple else '(', n.kids[0], '(' if simple else ')(')
        self.listed(n.kids[1:])
        self.put(')')

    def put_method(self, n):
        self.put(n.kids[0], '.', n.data.name, '(')
        self.listed(n.kids[1:])
        self.put(')')

    def put_field(self, n):
        self.put(n.kids[0])
        self.mark(n)
        self.put('.', n.data)

    def put_rowfield(self, n):
        """The element of one source in the row of several."""
        self.put(n.kids[0], '.', self.name(n.data))

    def put_optfield(self, n):
        self.put(n.kids[0], '?.', n.data)

    def put_index(self, n):
        self.put(n.kids[0])
        self.mark(n)
        self.put('[', n.kids[1], ']')

    def put_optindex(self, n):
        self.put(n.kids[0], '?')
        self.mark(n)
        self.put('[', n.kids[1], ']')

    def put_slice(self, n):
        self.put(n.kids[0], '[')
        rest = n.kids[1:]
        if n.data[0]:
            self.put(rest.pop(0))
        self.put(':')
        self.listed(rest)
        self.put(']')

    def put_list(self, n):
        self.put('[')
        self.listed(n.kids)
        self.put(']')

    def put_map(self, n):
        # After `=>`, an arm's or a function's, only a plain key tells a map from a block.
        open = '({' if n.kids and (n.kids[0].kind != 'lit' or isinstance(n.kids[0].data, int) and n.kids[0].data < 0) else '{'
        self.put(open)
        for i in range(0, len(n.kids), 2):
            key = n.kids[i]
            self.put(', ' if i else '', *(['(', key, ')'] if key.kind == 'ref' else [key]), ': ', n.kids[i + 1])
        self.put('})' if open == '({' else '}')

    def put_rec(self, n):
        self.put('{')
        for i, (name, kid) in enumerate(zip(n.data, n.kids)):
            self.put(', ' if i else '', name, ': ', kid)
        self.put('}')

    def put_struct(self, n):
        self.put(self.name(n.data[0]), ' {')
        for i, (at, kid) in enumerate(zip(n.data[1], n.kids)):
            self.put(', ' if i else ' ', n.data[0].fields[at].name, ': ', kid)
        self.put(' }')

    def put_variant(self, n):
        self.put(self.name(n.data))
        if n.kids:
            self.put('(')
            self.listed(n.kids)
            self.put(')')

    def put_lambda(self, n):
        f = n.data
        self.put('fun(', ', '.join(self.param(f, p) for p in f.params), ')')
        if f.body.kind == 'block':
            self.put(' ', f.body)
        else:
            self.put(' => ', f.body)

    def param(self, f, p):
        stated = f.stated and sayable(p.ty)
        return self.name(p) + (': ' + self.type(p.ty) if stated else '')

    def type(self, ty):
        if isinstance(ty, tuple) and ty[0] in 'SU':
            return self.name(ty[1])
        if isinstance(ty, tuple) and ty[0] == 'fun':
            return 'fun(%s): %s' % (', '.join(map(self.type, ty[1])), self.type(ty[2]))
        if isinstance(ty, tuple) and ty[0] == 'opt':
            return self.type(ty[1]) + '?'
        return '%s<%s>' % (ty[0], ', '.join(map(self.type, ty[1:]))) if isinstance(ty, tuple) else ty

    def put_builtin(self, n):
        self.mark(n)
        self.put(n.data, '(')
        self.listed(n.kids)
        self.put(')')

    def put_dotted(self, n):
        """A builtin as a method of its first argument."""
        self.put(n.kids[0], '.')
        self.mark(n)
        self.put(n.data, '(')
        self.listed(n.kids[1:])
        self.put(')')

    def put_cast(self, n):
        self.put('(', n.kids[0], ' ')
        self.mark(n)
        self.put('as ', self.type(n.data), ')')

    def put_query(self, n):
        self.put('(')
        self.listed(n.kids, ' ')
        self.put(')')

    def put_from(self, n):
        self.put('from ', self.name(n.data), ' in ', n.kids[0])

    def put_join(self, n):
        kind, var = n.data
        self.put(kind + ' ' if kind else '', 'join ', self.name(var), ' in ', n.kids[0], ' on ', n.kids[1])

    def put_where(self, n):
        self.put(n.kind, ' ', n.kids[0])

    put_having = put_skip = put_take = put_where

    def put_group(self, n):
        self.put('group by ')
        self.listed(n.kids)
        self.put(' into ', self.name(n.data))

    def put_sort(self, n):
        self.put('sort by ', n.kids[0])

    def put_select(self, n):
        # Right behind `select` the name of the function is the word of the clause.
        is_word = n.kids[0].kind == 'builtin' and n.kids[0].data == 'distinct'
        self.put('select ', 'distinct ' if n.data else '', '(' if is_word else '', n.kids[0], ')' if is_word else '')

    # Statements

    def newline(self):
        self.put('\n' + '  ' * self.depth)

    def put_block(self, n):
        self.put('{')
        self.depth += 1
        for kid in n.kids:
            self.newline()
            self.put(kid)
        self.depth -= 1
        self.newline()
        self.put('}')

    def put_program(self, n):
        for kid in n.kids:
            self.put(kid, '\n')

    def put_declare(self, n):
        var, stated = n.data
        self.put('var ' if var.mutable else 'let ', self.name(var), ': ' + self.type(var.ty) if stated and sayable(var.ty) else '', ' = ', n.kids[0])

    def put_assign(self, n):
        self.put(n.kids[0], ' = ', n.kids[1])

    def put_print(self, n):
        self.put('print(')
        self.listed(n.kids)
        self.put(')')

    def put_json(self, n):
        self.put('json(', n.kids[0], ')')

    def put_ifs(self, n):
        self.put('if ', n.kids[0], ' ', n.kids[1])
        if len(n.kids) > 2:
            self.put(' else ', n.kids[2])

    def put_while(self, n):
        self.put('while ', n.kids[0], ' ', n.kids[1])

    def put_forrange(self, n):
        self.put('for ', self.name(n.data), ' in ', n.kids[0], '..', n.kids[1], ' ', n.kids[2])

    def put_forin(self, n):
        self.put('for ', self.name(n.data), ' in ', n.kids[0], ' ', n.kids[1])

    def put_break(self, n):
        self.put(n.kind)

    put_continue = put_break

    def put_return(self, n):
        self.put('return', *([' ', n.kids[0]] if n.kids else []))

    def put_fun(self, n):
        f = n.data
        result = ': ' + self.type(f.ret) if f.stated and f.ret and sayable(f.ret) else ''
        self.put('fun ', self.name(f), '<%s>' % f.generic if f.generic else '', '(', ', '.join(self.param(f, p) for p in f.params), ')', result, ' ', f.body)

    def put_expr(self, n):
        self.put(n.kids[0])

    def put_matchs(self, n):
        self.put('match ', n.kids[0], ' {')
        self.depth += 1
        for arm in n.kids[1:]:
            self.newline()
            self.put(arm.kids[0], ' => ', arm.kids[1])
        self.depth -= 1
        self.newline()
        self.put('}')

    def put_stream(self, n):
        self.put('stream ', self.name(n.data), ' { ', ' '.join('%s: %s' % (f.name, self.type(f.ty)) for f in n.data.fields), ' }')

    def put_on(self, n):
        stream, event = n.data
        self.put('on ', self.name(stream), ' as ', self.name(event), ' ', n.kids[0])

    def put_emit(self, n):
        self.put('emit ', self.name(n.data), ' { ')
        for i, field in enumerate(n.data.fields):
            self.put(', ' if i else '', field.name, ': ', n.kids[i])
        self.put(' }')

    def put_agent(self, n):
        agent = n.data
        self.put('agent ', self.name(agent), ' {')
        self.depth += 1
        for field, kid in zip(agent.fields, n.kids):
            self.newline()
            self.put('var ', field.name, ': ', self.type(field.ty), ' = ', kid)
        for kid in n.kids[len(agent.fields):]:
            self.newline()
            if kid.kind == 'method':
                f = kid.data
                self.put('intent ', f.name, '(', ', '.join(self.param(f, p) for p in f.params), '): ', self.type(f.ret), ' ', f.body)
            else:
                self.put(kid)
        self.depth -= 1
        self.newline()
        self.put('}')

    def put_sibling(self, n):
        self.put(n.data.name, '(')
        self.listed(n.kids)
        self.put(')')

    def put_save(self, n):
        form, header = n.data
        self.put('save ', n.kids[0], ' to "-" with {format: "%s"%s}' % (form, ', header: true' if header else ''))

    def put_made(self, n):
        self.put(self.name(n.data), ' {}')

    def put_fact(self, n):
        self.put('fact ', self.predicate(n.data))

    def put_rule(self, n):
        head, body = n.data
        conditions = [' != '.join(c) if len(c) == 2 and isinstance(c[1], str) else self.predicate(c) for c in body]
        self.put('rule ', self.predicate(head), ' :- ', ', '.join(conditions))

    def put_logic(self, n):
        self.put('(query ', self.predicate(n.data), ')')

    def predicate(self, pred):
        """A relation's name and terms: ints, quoted strings, and variables."""
        name, terms = pred
        return '%s%s(%s)' % (name, self.tag, ', '.join(t[1:] if isinstance(t, str) and t[:1] == '?' else string_text(t) if isinstance(t, str) else str(t) for t in terms))

    def put_update(self, n):
        var, fields = n.data
        self.put('update ', self.name(var), ' set {')
        for i, field in enumerate(fields):
            self.put(', ' if i else '', field.name, ': ', n.kids[i])
        self.put('}')
        if len(n.kids) > len(fields):
            self.put(' where ', n.kids[-1])

    def put_expect(self, n):
        self.mark(n)
        self.put('expect ', n.kids[0])

    def put_test(self, n):
        self.put('test "%s" ' % n.data, n.kids[0])

    def put_type(self, n):
        decl = n.data
        if isinstance(decl, Union):
            self.put('type %s = ' % self.name(decl))
            for i, variant in enumerate(decl.variants):
                fields = ', '.join('%s: %s' % (f.name, self.type(f.ty)) for f in variant.fields)
                self.put(' | ' if i else '', self.name(variant), '(%s)' % fields if fields else '')
            return
        self.put('type %s {' % self.name(decl))
        self.depth += 1
        for field in decl.fields:
            self.newline()
            self.put('%s: %s' % (field.name, self.type(field.ty)))
        for method in (kid.data for kid in n.kids):
            self.newline()
            result = ': ' + self.type(method.ret) if method.ret else ''
            self.put('fun %s(%s)%s ' % (method.name, ', '.join(self.param(method, p) for p in method.params), result), method.body)
        self.depth -= 1
        self.newline()
        self.put('}')
