"""The judge's values: what they are, how they compare, and their text forms.

int, float, str, bool, None and list stand for themselves. Written from the language's description alone, never from the compiler: a
fault that all backends share shows here. Does not know: values that contain themselves.
"""
from fractions import Fraction
from math import copysign, fmod, inf, isinf, isnan

MIN, MAX = -2 ** 63, 2 ** 63 - 1


class Mode:
    """`exact`: ints that leave 64 bits become big (`--exact-ints`) instead of an error. Here they simply grow."""
    exact = False


class Fault(Exception):
    """A run-time error of the program: its message and the node where it is reported."""
    def __init__(self, message, node=None):
        super().__init__(message)
        self.message, self.node = message, node


class Unjudged(Fault):
    """The description leaves the outcome open; the program has to be changed there."""


class Big:
    """A bigint."""
    __slots__ = ('n',)

    def __init__(self, n):
        self.n = n


class Zero:
    """What an aggregate of no floats gives: a zero, of which only the place where it is written says whether it is an int or a float
    (docs/limits.md). What would tell them apart is not judged. `node`: the aggregate."""
    __slots__ = ('node',)

    def __init__(self, node):
        self.node = node

    def __bool__(self):
        return False

    def open(self):
        return Unjudged('an aggregate of nothing', self.node)


class Map(dict):
    """A map, or a record written as a map literal. Keys are int or str."""
    __hash__ = None


class Struct:
    """A struct or a variant."""
    __slots__ = ('name', 'fields')

    def __init__(self, name, fields):
        self.name, self.fields = name, fields


class Group:
    __slots__ = ('key', 'items')

    def __init__(self, key, items):
        self.key, self.items = key, items


class Closure:
    """A function value: parameters, body, where it was made, and arguments it has already got."""
    __slots__ = ('params', 'body', 'env', 'got')

    def __init__(self, params, body, env, got=()):
        self.params, self.body, self.env, self.got = params, body, env, got


def is_number(x):
    return type(x) in (int, float, Big, Fraction, Zero)


def exact(x):
    return x.n if type(x) is Big else 0 if type(x) is Zero else x


def truthy(x):
    t = type(x)
    if t in (Struct, Group):
        return True
    if t is Big:
        return x.n != 0
    if t is Closure:
        raise Unjudged('truth of a function')
    return bool(x)


def entries(x):
    """The entries of anything that prints as a map, in order."""
    if type(x) is Struct:
        return sorted({'__name': x.name, **x.fields}.items())
    if type(x) is Group:
        return [('items', x.items), ('key', x.key)]
    return sorted(((str(k), v) for k, v in x.items()), key=lambda e: e[0].encode('utf8', 'surrogatepass'))


def equal(a, b):
    """`==`: numbers by value, different kinds unequal."""
    if is_number(a) and is_number(b):
        return exact(a) == exact(b)
    if type(a) is not type(b) or type(a) is Closure:
        return False
    if type(a) is list:
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b))
    if type(a) in (Map, Struct, Group):
        ea, eb = entries(a), entries(b)
        return len(ea) == len(eb) and all(k == l and equal(x, y) for (k, x), (l, y) in zip(ea, eb))
    return a == b


def same(a, b):
    """Structural and exact about kinds: `in`, set operators."""
    if Mode.exact and {type(a), type(b)} == {int, Big} and exact(a) == exact(b):
        raise Unjudged('the kind of a big number')
    if Zero in (type(a), type(b)) and is_number(a) and is_number(b) and exact(a) == exact(b):
        raise (a if type(a) is Zero else b).open()
    if type(a) is not type(b) or type(a) is Closure:
        return False
    if type(a) is list:
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if type(a) in (Map, Struct, Group):
        ea, eb = entries(a), entries(b)
        return len(ea) == len(eb) and all(k == l and same(x, y) for (k, x), (l, y) in zip(ea, eb))
    return exact(a) == exact(b)


def sort_key_compare(a, b):
    """The order of `sort by`, `min` and `max`: none last."""
    if a is None or b is None:
        return (a is None) - (b is None)
    if type(a) is float and isnan(a) or type(b) is float and isnan(b):
        raise Unjudged('order of NaN')
    if is_number(a) and is_number(b):
        return (exact(a) > exact(b)) - (exact(a) < exact(b))
    if type(a) is not type(b):
        a, b = text(a), text(b)
    if type(a) in (str, bool):
        return (a > b) - (a < b)
    if type(a) is list:
        for x, y in zip(a, b):
            order = sort_key_compare(x, y)
            if order:
                return order
        return (len(a) > len(b)) - (len(a) < len(b))
    if type(a) is Map:
        ea, eb = entries(a), entries(b)
        return sort_key_compare([k for k, _ in ea], [k for k, _ in eb]) or sort_key_compare([v for _, v in ea], [v for _, v in eb])
    raise Unjudged('order of %s' % type(a))


def digits(x):
    """The shortest digits of a positive float, and the exponent of the first."""
    mantissa, _, power = repr(x).partition('e')
    whole, _, part = mantissa.partition('.')
    power = int(power or 0) + len(whole) - 1
    if part == '0':
        part = ''
    found = whole + part
    while found[0] == '0' and len(found) > 1:
        found, power = found[1:], power - 1
    return found.rstrip('0') or '0', power


def plain(found, power):
    if power < 0:
        return '0.' + '0' * (-power - 1) + found
    found = found.ljust(power + 1, '0')
    return found[:power + 1] + ('.' + found[power + 1:] if len(found) > power + 1 else '')


def scientific(found, power, width):
    return '%s%se%s%s' % (found[0], '.' + found[1:] if len(found) > 1 else '', '-' if power < 0 else '+', str(abs(power)).rjust(width, '0'))


def float_text(x, form):
    """form: 'print', 'nested' or 'json'."""
    if isnan(x) or isinf(x):
        if form == 'json':
            raise Unjudged('JSON of a float that is no number')
        return 'NaN' if isnan(x) else '+Inf' if x > 0 else '-Inf'
    sign = '-' if copysign(1, x) < 0 else ''
    if x == 0:
        return sign + ('0.0' if form == 'nested' else '0')
    found, power = digits(abs(x))
    if form == 'nested':
        shown = plain(found, power)
        return sign + shown + ('' if '.' in shown else '.0')
    if form == 'json':
        small = power < -6 or power >= 21
        return sign + (scientific(found, power, 1) if small else plain(found, power))
    return sign + (scientific(found, power, 2) if power < -4 or power >= 6 else plain(found, power))


NAMED = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r'}


def quoted(s):
    return '"%s"' % ''.join(NAMED.get(c) or ('\\x%02x' % ord(c) if ord(c) < 32 or ord(c) == 127 else c) for c in s)


def json_quoted(s):
    return '"%s"' % ''.join(NAMED.get(c) or ('\\u%04x' % ord(c) if ord(c) < 32 or c in '<>&\u2028\u2029' else c) for c in s)


def scalar(x, form):
    if type(x) is bool:
        return 'true' if x else 'false'
    if type(x) is float:
        return float_text(x, form)
    return str(exact(x))


def text(x):
    """As an argument of `print`."""
    if type(x) is str:
        return x
    if type(x) is Fraction:
        return '%d/%d' % (x.numerator, x.denominator)
    return 'nil' if x is None else scalar(x, 'print') if type(x) in (int, float, bool, Big, Zero) else nested(x)


def nested(x):
    """Inside a printed list or map."""
    if type(x) is list:
        return '[%s]' % ', '.join(map(nested, x))
    if type(x) in (Map, Struct, Group):
        return '{%s}' % ', '.join('%s: %s' % (quoted(k), nested(v)) for k, v in entries(x))
    if type(x) is Closure:
        return 'nil'
    if type(x) is Zero:
        raise x.open()
    if type(x) is Fraction:
        return text(x)
    return 'nil' if x is None else quoted(x) if type(x) is str else scalar(x, 'nested')


def str_text(x):
    if type(x) is list:
        return '[%s]' % ' '.join(map(str_text, x))
    if type(x) in (Map, Struct, Group):
        return 'map[%s]' % ' '.join('%s:%s' % (k, str_text(v)) for k, v in entries(x))
    if type(x) is Closure:
        raise Unjudged('text of a function')
    return '<nil>' if x is None else text(x)


def json_text(x, indent=''):
    inner = indent + '  '
    if type(x) is list and x:
        return '[\n%s\n%s]' % (',\n'.join(inner + json_text(v, inner) for v in x), indent)
    if type(x) in (Map, Struct, Group) and entries(x):
        return '{\n%s\n%s}' % (',\n'.join('%s%s: %s' % (inner, json_quoted(k), json_text(v, inner)) for k, v in entries(x)), indent)
    if type(x) is Fraction:
        return json_quoted(text(x))
    if x is None or type(x) is Closure:
        return 'null'
    return '[]' if type(x) is list else '{}' if type(x) is Map else json_quoted(x) if type(x) is str else scalar(x, 'json')


def checked(n, node):
    if not MIN <= n <= MAX and not Mode.exact:
        raise Fault('integer overflow', node)
    return n


def small(n, node):
    """An int where none but those of 64 bits are described."""
    if type(n) is int and not MIN <= n <= MAX:
        raise Unjudged('an int of more than 64 bits', node)
    return n


def quotient(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def arithmetic(op, a, b, node):
    """`+ - * / %` with the rules for none, floats and the exact types."""
    if a is None or b is None:
        return None
    if op == '+' and type(a) is type(b) and type(a) in (str, list):
        return a + b
    if not (is_number(a) and is_number(b)):
        raise Unjudged('operands of ' + op, node)
    if op in '/%' and exact(b) == 0:
        raise Fault('division by zero', node)
    if Zero in (type(a), type(b)) and float not in (type(a), type(b)):
        raise (a if type(a) is Zero else b).open()
    if float in (type(a), type(b)):
        return float_arithmetic(op, to_float(a), to_float(b))
    if Fraction in (type(a), type(b)):
        if op == '%':
            raise Unjudged('remainder of bigrats', node)
        a, b = Fraction(exact(a)), Fraction(exact(b))
        return a / b if op == '/' else a + b if op == '+' else a - b if op == '-' else a * b
    x, y = exact(a), exact(b)
    found = x + y if op == '+' else x - y if op == '-' else x * y if op == '*' else quotient(x, y) if op == '/' else x - y * quotient(x, y)
    return Big(found) if Big in (type(a), type(b)) else checked(found, node)


def to_float(x):
    try:
        return float(exact(x))
    except OverflowError:
        return inf if exact(x) > 0 else -inf


def float_arithmetic(op, a, b):
    if op == '%':
        return float('nan') if isinf(a) or isnan(a) or isnan(b) else a if isinf(b) else fmod(a, b)
    return a + b if op == '+' else a - b if op == '-' else a * b if op == '*' else a / b


def less(a, b, op, node):
    """`< <= > >=`."""
    if a is None or b is None:
        return False
    if type(a) is bool and type(b) is bool or type(a) is str and type(b) is str:
        pass
    elif is_number(a) and is_number(b):
        a, b = exact(a), exact(b)
    else:
        raise Unjudged('operands of ' + op, node)
    return a < b if op == '<' else a <= b if op == '<=' else a > b if op == '>' else a >= b
