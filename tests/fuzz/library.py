"""The builtin functions and casts as the judge computes them; each takes the node that a fault is reported at, then the arguments."""
import re
from fractions import Fraction
from math import ceil, copysign, floor, isinf, isnan
from values import (MAX, MIN, Big, Fault, Group, Map, Mode, Struct, Unjudged, Zero, checked, entries, exact, is_number, json_text, nested, quoted, same, small,
                    sort_key_compare, str_text, text, to_float)


def part(x, low, high):
    """A slice: negative bounds count from the end once, then all is clamped. Of none it is none."""
    if x is None:
        return None
    small(low, None), small(high, None)
    size = len(x)
    low, high = (min(max(b + size if b < 0 else b, 0), size) for b in (low, high))
    return x[low:high] if low < high else x[:0]


def joined(n, xs, s):
    if None in xs:
        raise Unjudged('join', n)
    return s.join(xs)


def ordered_keys(m):
    return sorted(m, key=lambda k: str(k).encode('utf8'))


def distinct(xs):
    seen, found = set(), []
    for x in xs:
        shown = nested(x)
        if shown not in seen:
            seen.add(shown)
            found.append(x)
    return found


def unique(xs):
    found = []
    for x in xs:
        if not any(same(x, y) for y in found):
            found.append(x)
    return found


def set_operator(op, a, b):
    a, b = ([] if x is None else x.items if type(x) is Group else x for x in (a, b))
    if op == 'union all':
        return a + b
    if op == 'union':
        return unique(a + b)
    if op == 'except':
        return [x for x in a if not any(same(x, y) for y in b)]
    return unique([x for x in b if any(same(x, y) for y in a)])


def elements(x):
    return [] if x is None else x.items if type(x) is Group else x


def length(n, x):
    if x is None:
        return 0
    if is_number(x) and type(x) is not Fraction:
        return len(text(x))
    return len(elements(x)) if type(x) is not Struct else len(x.fields) + 1


def kind(n):
    """The type of an aggregate; one that is the select of a query gets each value by itself."""
    return n.kids[0].ty if n.ty == 'aggregate' else n.ty


def total(n, xs):
    xs = elements(xs)
    if any(type(x) not in (int, float, type(None)) for x in xs):
        raise Unjudged('sum', n)
    if any(type(x) is float for x in xs):
        found = 0.0
        for x in xs:
            found += x or 0
        return found
    if kind(n) != 'int' and not any(type(x) is int for x in xs):
        return Zero(n)
    found = 0
    for x in xs:
        found = checked(found + (x or 0), n)
    return found


def mean(n, xs):
    xs = [x for x in elements(xs) if x is not None]
    if not xs:
        return Zero(n)
    found = 0.0
    if any(type(x) not in (int, float) for x in xs):
        raise Unjudged('mean', n)
    if all(type(x) is int for x in xs) and abs(sum(xs)) >= 2 ** 53:
        raise Unjudged('mean of great ints', n)
    for x in xs:
        found += x
    return found / len(xs)


def extreme(sign):
    def find(n, xs):
        xs = [x for x in elements(xs) if x is not None]
        if not xs:
            return 0 if kind(n) == 'int' else Zero(n)
        best = xs[0]
        if any(type(x) is Zero for x in xs):
            raise Unjudged('least of aggregates', n)
        for x in xs[1:]:
            if sort_key_compare(x, best) * sign > 0:
                best = x
        if type(best) in (int, float) and len({type(x) for x in xs}) > 1:
            raise Unjudged('least of mixed numbers', n)
        return best
    return find


def whole(x, n):
    """A float that has to fit an int."""
    if Mode.exact and not isnan(x) and not isinf(x):
        small(int(x), n)
    if isnan(x) or isinf(x) or not MIN <= int(x) <= MAX:
        raise Fault('cannot cast %s to int' % text(x), n)
    return int(x)


def digits_only(s):
    body = s[1:] if s[:1] in '+-' and s else s
    return body.isascii() and body.isdigit()


def cast(x, ty, n, tag=''):
    """`x as ty`; names of types end in the tag."""
    if type(x) is Zero:
        x = {'int': 0, 'float': 0.0, 'bigint': 0, 'bigrat': 0}.get(ty, x)
    if ty == 'int':
        if Mode.exact and type(x) in (int, Big, Fraction) and not MIN <= int(exact(x)) <= MAX:
            raise Unjudged('docs/limits.md', n)
        if type(x) is str:
            if not digits_only(x):
                raise Fault('cannot cast %s to int' % quoted(x), n)
            return small(checked(int(x), n), n)
        if type(x) is int or x is None:
            return x or 0
        if type(x) in (Big, Fraction):
            return small(checked(int(exact(x)), n), n)
        if type(x) is float:
            return whole(x, n)
    elif ty == 'float':
        if x is None:
            return 0.0
        if is_number(x):
            return to_float(x)
    elif ty == 'bigint':
        if type(x) in (int, Big):
            return Big(exact(x))
        if type(x) is float and not isnan(x) and not isinf(x):
            return Big(int(x))
        if type(x) is str and digits_only(x):
            return Big(int(x))
    elif ty == 'bigrat':
        if type(x) in (int, Big, Fraction) or type(x) is float and not isnan(x) and not isinf(x):
            return Fraction(exact(x))
        if type(x) is str and re.fullmatch(r'[-+]?[0-9]+(/[0-9]*[1-9][0-9]*|\.[0-9]+)?', x):
            return Fraction(x)
    elif ty == 'string' and type(x) is str or ty == 'bool' and type(x) is bool or ty == 'any':
        return x
    elif isinstance(ty, tuple) and ty[0] == 'list' and type(x) is list:
        return [cast(y, ty[1], n, tag) for y in x]
    elif isinstance(ty, tuple) and ty[0] == 'S' and type(x) is Map:
        return Struct(ty[1].name + tag, {f.name: cast(x[f.name], f.ty, n, tag) for f in ty[1].fields})
    raise Unjudged('cast to %s' % (ty,), n)


def saved(rows, form, header):
    """Records of ints, strings, bools and none as the text of a file, without its last end of line."""
    if form == 'json':
        return json_text(rows[0] if len(rows) == 1 else rows)
    if form == 'jsonl':
        return '\n'.join('{%s}' % ','.join('%s:%s' % (json_text(k), json_text(v).replace('\\u003c', '<').replace('\\u003e', '>').replace('\\u0026', '&')) for k, v in entries(row)) for row in rows)
    between = ',' if form == 'csv' else '\t'
    cell = lambda s: '"%s"' % s.replace('"', '""') if s[:1] == ' ' or any(c in s for c in (between, '"', '\n', '\r')) else s
    lines = [[k for k, _ in entries(rows[0])]] if header else []
    lines += [['' if v is None else str_text(v) for _, v in entries(row)] for row in rows]
    return '\n'.join(between.join(map(cell, line)) for line in lines)


def rounded(x):
    """Half away from zero."""
    if isinf(x) or isnan(x) or abs(x) >= 2.0 ** 52:
        return x
    low = floor(abs(x))
    return copysign(float(low + (abs(x) - low >= 0.5)), x)


def round_to(n, x, places=0):
    if type(x) is int:
        if places:
            raise Unjudged('digits of an int', n)
        return x
    if type(x) is Zero:
        return x
    # What overflows on the way has no digits behind the point (docs/decisions.md).
    return rounded(x) if places == 0 else x if isinf(x * 10.0 ** places) else rounded(x * 10.0 ** places) / 10.0 ** places


def to_whole(way):
    return lambda n, x: x if type(x) in (int, Zero) or isinf(x) or isnan(x) else copysign(float(way(x)), x)


def power(n, a, b):
    if type(a) is not int or type(b) is not int or b < 0:
        raise Unjudged('pow', n)
    if abs(a) > 1 and b > 200:
        small(b, n)
        if Mode.exact:
            raise Unjudged('pow', n)
        raise Fault('integer overflow', n)
    return checked(a ** b, n)


def base_number(n, s, base=10):
    try:
        if '_' in s or s != s.strip() or not MIN <= int(s, base) <= MAX or s[:1] == '+' or s[1:2] in 'xXoObB' or s[:3] in ('-0b', '-0x'):
            raise Unjudged('parseIntStr', n)
        return int(s, base)
    except ValueError:
        raise Unjudged('parseIntStr', n)


def cased(way):
    def change(n, s):
        if s is None:
            raise Unjudged('case of none', n)
        return ''.join(found if len(found) == 1 else c for c in s for found in [way(c)])
    return change


def index_of(n, s, t):
    if type(s) is list:
        return next((i for i, x in enumerate(s) if same(x, t)), -1)
    return s.find(t)


def reversed_copy(n, x):
    if x is None:
        raise Unjudged('reverse', n)
    return x[::-1]


def split(n, s, between):
    return list(s) if between == '' else s.split(between)


def padded(n, s, width, fill):
    if len(fill) != 1:
        raise Unjudged('padStart', n)
    return s.rjust(width, fill)


def panic(n, message):
    raise Fault(message, n)


def stepped(n, *bounds):
    low, high, by = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1) if len(bounds) == 2 else bounds
    if by == 0 or abs(high - low) > 5000:
        raise Unjudged('range', n)
    return list(range(low, high, by))


def magnitude(n, x):
    if Mode.exact and x == MIN:
        raise Unjudged('docs/limits.md', n)
    return checked(abs(x), n) if type(x) is int else x if type(x) is Zero else abs(x)


def contains(n, x, t):
    if x is None:
        raise Unjudged('contains', n)
    return any(same(t, y) for y in x) if type(x) is list else t in x


def repeated(n, s, times):
    small(times, n)
    if times < 0 or len(s) * times > 6000:
        raise Unjudged('repeat', n)
    return s * times


# What standard input gives, over and over; a program reads all three lines, or none.
LINES = ['12', ' h\xe9\xdf\t\u65e5 ', '']
SPACE = ' \t\n\r\v\f\x85\xa0\u2000\u2028\u3000'
BUILTINS = {
    'len': length, 'count': lambda n, x: len(elements(x)), 'sum': total, 'avg': mean, 'min': extreme(-1), 'max': extreme(1),
    'exists': lambda n, x: len(elements(x)) > 0, 'str': lambda n, x: str_text(x),
    'append': lambda n, xs, x: (xs or []) + [x], 'push': lambda n, xs, x: (xs or []) + [x],
    'substring': lambda n, s, a, b: part(s, a, b), 'substr': lambda n, s, a, b: part(s, a, b), 'slice': lambda n, s, a, b: part(s, a, b),
    'int': lambda n, x: cast(x, 'int', n), 'float': lambda n, x: cast(x, 'float', n),
    'join': joined, 'distinct': lambda n, xs: distinct(xs),
    'concat': lambda n, *xs: [x for part in xs for x in part or []], 'lower': cased(str.lower), 'upper': cased(str.upper),
    'keys': lambda n, m: ordered_keys(m), 'values': lambda n, m: [m[k] for k in ordered_keys(m)],
    'first': lambda n, xs: xs[0] if xs else None, 'reverse': reversed_copy, 'padStart': padded, 'split': split,
    'trim': lambda n, s: s.strip(SPACE), 'indexOf': index_of, 'contains': contains,
    'starts_with': lambda n, s, t: s.startswith(t), 'repeat': repeated, 'parseIntStr': base_number, 'abs': magnitude,
    'ceil': to_whole(ceil), 'floor': to_whole(floor), 'round': round_to, 'pow': power, 'num': lambda n, r: Big(r.numerator),
    'denom': lambda n, r: Big(r.denominator), 'range': stepped, 'get': lambda n, m, k, d=None: m.get(k, d),
    'input': lambda n: LINES[0],
    'collect': lambda n, g: list(g.items), 'panic': panic, 'error': panic,
}
