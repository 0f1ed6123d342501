"""Small changes to a program's text, for `variants.py`: what a token scanner can change without knowing the language's grammar.

A change either replaces tokens by others (`replaced`, `line_moved`), or aims at what the compiler infers about the whole program: an annotation that
says something else, a variable that is captured, assigned another kind of value where that never runs, or moved into a function with
the whole program, a list of one more kind, a value that goes through a closure, a list or a cast, a query with a clause more or less.
Most of what they make is refused by the checker, which costs little; what they leave alone is not the business of this file.
Each takes the text and a `random.Random`, and gives the new text, or None where what it drew cannot be changed so.
"""
import re

TOKEN = re.compile(r'//[^\n]*|#[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\d+\.\d+(?:[eE][-+]?\d+)?|\d+|[A-Za-z_]\w*|[=!<>]=|&&|\|\||=>|\?\?|\.\.|\s+|.', re.S)
CLAUSES = ['from', 'join', 'left', 'right', 'outer', 'where', 'group', 'having', 'sort', 'order', 'skip', 'take', 'select']
WORDS = set('''test expect agent intent on stream emit type fun extern import return break continue let var if else then for while in
    generate match fetch load save package export fact rule all none true false by into distinct as with to union
    except intersect update set'''.split()) | set(CLAUSES)
OPERATORS = [['+', '-', '*', '/', '%'], ['<', '<=', '>', '>=', '==', '!='], ['&&', '||']]
LITERALS = ['0', '1', '2', '-1', '7', '100', '9223372036854775807', '(-9223372036854775807 - 1)', '0.5', '1.0', '-0.0', '1e300', '""',
            '"a"', '"12"', '"é"', 'true', 'false', 'none', '[]', '{}', '[1, 2]', '["x"]', '[1, "x", none]', '{"a": 1}']
TYPES = ['any', 'int', 'float', 'string', 'bool', 'bigint', 'list<any>', 'list<int>', 'list<float>', 'map<string, any>', 'map<string, int>', 'map<int, int>']
KINDS = ['none', '1', '1.5', '"s"', 'true', '[]', '{}', '[none]', '{"a": 1}', '1 as bigint', 'fun() => 1']
# What a value is put into and taken out of again; mostly it is the same after that.
ROUNDABOUTS = ['(fun() => %s)()', '[%s][0]', '[%s, none][0]', '[%s, "s", 1][0]', '{"k": %s}["k"]', '(%s as any)', '(%s ?? none)', '(none ?? %s)',
               '(if 1 < 2 { %s } else { none })', '(if 1 > 2 { "s" } else { %s })', '(match 1 { 1 => %s _ => none })', 'first([%s])',
               '(from zz in [%s] select zz)[0]', '(fun(zz) => zz)(%s)', '(fun(zz: any): any => zz)(%s)', 'str(%s)', '(%s as int)',
               '(%s as float)', '(0 + %s)', '(1.0 * %s)', '(%s && true)', '[1, 2][%s]', '(%s == none)', 'json(%s)', '[%s]']
# Statements about a variable, where it is in scope. The last ones never run.
ABOUT = ['print(%s)', 'print(str(%s), [%s])', 'print(json(%s))', 'print(%s == %s, %s == none, [%s] == [%s, 1])', 'print(%s ?? 1)', 'print(len(%s), count(%s))',
         'print(from zz in %s select zz)', 'print(from zz in %s sort by zz select zz)', 'print(from zz in %s group by zz into zg select {k: zg.key, n: count(zg)})',
         'print(from zz in %s left join zy in %s on zz == zy select [zz, zy])', 'print(sum(%s))', 'print(min(%s), max(%s))', 'print(distinct(%s), %s union %s)',
         'print(%s in [%s, none])', 'for zz in %s { print(zz) }', 'print(keys(%s))', 'print(values(%s))', 'print(reverse(%s), %s[0:1])', 'print(%s[0])', 'print(%s["a"])',
         'print({"a": %s}, [%s, none])', 'let zf = fun() => %s print(zf())', 'print((fun(zz) => zz)(%s))', 'print((fun(zz: any) => [zz])(%s))',
         'let zl = %s print(zl)', 'var zl = [%s] zl = append(zl, none) print(zl)', '%s = append(%s, none)', '%s = %s', '%s[0] = none', '%s["a"] = 1',
         'let zl = %s %s = append(%s, 1) print(zl)', 'let zf = fun() { %s = %s } zf()', 'let zf = fun() { %s = none } print(1)',
         'print(-%s)', 'print(%s + 1)', 'print(%s + %s)', 'print(%s / 2, %s < 3)', 'print(%s as int)', 'print(%s as string)', 'if %s { print("yes") }']
NEVER = ['if 1 > 2 { %s = $ }', 'if 1 > 2 { %s = $ }', 'if 1 > 2 { %s = [%s, $] }', 'if 1 > 2 { %s[0] = $ }', 'if 1 > 2 { %s["zz"] = $ }',
         'if 1 > 2 { %s = append(%s, $) }', 'fun zz_never() { %s = $ }', 'if 1 > 2 { let zf = fun() { %s = $ } }', 'fun zz_never(): any { return %s }']
EXTRA = ['where {} != none', 'where {}', 'sort by {}', 'sort by -{}', 'skip 1', 'take 2', 'group by {} into zg', 'from zy in [1, none]', 'join zy in [1, 2] on zy == 1',
         'left join zy in [1, 2] on zy == {}', 'right join zy in [1, 2] on zy == {}', 'outer join zy in [none, 2] on zy == {}']


def tokens(text):
    return [found.group() for found in TOKEN.finditer(text)]


def is_name(token):
    return (token[0].isalpha() or token[0] == '_') and token not in WORDS


def is_literal(token):
    return token[0].isdigit() or token[0] == '"' or token in ('true', 'false', 'none')


def is_blank(token):
    return token.isspace() or token[:2] in ('//', '/*') or token[0] == '#'


def beside(parts, at, step):
    """The place of the nearest token before or behind that means something, or None."""
    at += step
    while 0 <= at < len(parts) and is_blank(parts[at]):
        at += step
    return at if 0 <= at < len(parts) else None


def token_beside(parts, at, step):
    near = beside(parts, at, step)
    return '' if near is None else parts[near]


def end_of_brackets(parts, at):
    """The place behind the bracket that closes the one at the place, or None."""
    depth = 0
    for place in range(at, len(parts)):
        depth += (parts[place] in ('(', '[', '{')) - (parts[place] in (')', ']', '}'))
        if depth == 0:
            return place + 1
    return None


def end_of_operand(parts, at):
    """The place behind a name or literal and the calls, indexes and fields that follow it directly."""
    end = at + 1
    while end is not None and end < len(parts):
        if parts[end] in ('(', '['):
            end = end_of_brackets(parts, end)
        elif parts[end] == '.' and end + 1 < len(parts) and is_name(parts[end + 1]):
            end += 2
        else:
            return end
    return end


def replaced(text, rng):
    """A literal, operator or name replaced by another."""
    parts = tokens(text) or [' ']
    at = rng.randrange(len(parts))
    token = parts[at]
    if is_literal(token):
        parts[at] = rng.choice(LITERALS) if rng.random() < 0.8 else rng.choice([p for p in parts if is_literal(p)])
    elif is_name(token):
        others = [part for part in parts if is_name(part)] if rng.random() < 0.8 else LITERALS
        parts[at] = rng.choice(others)
    else:
        alike = [group for group in OPERATORS if token in group]
        if not alike:
            return None
        parts[at] = rng.choice(alike[0] if rng.random() < 0.9 else ['==', '+', '<', '??', 'in', 'union all'])
    return ''.join(parts)


def line_moved(text, rng):
    """A line without open brackets left out, doubled or moved."""
    lines = text.split('\n')
    at = rng.randrange(len(lines))
    if not lines[at].strip() or lines[at].count('{') != lines[at].count('}'):
        return None
    line = lines.pop(at)
    for _ in range(rng.choice((0, 1, 2))):
        lines.insert(min(max(at + rng.randint(-2, 2), 0), len(lines)), line)
    return '\n'.join(lines)


def annotated(text, rng):
    """The type behind a colon left out, made optional, or another."""
    parts = tokens(text)
    places = [at for at, token in enumerate(parts) if token == ':' and re.match(r'[a-z]+$', token_beside(parts, at, 1)) and token_beside(parts, at, -1) != '"'
              and (token_beside(parts, at, 1) in ('int', 'float', 'string', 'bool', 'any', 'list', 'map', 'bigint', 'fun'))
              or token == ':' and re.match(r'[A-Z]', token_beside(parts, at, 1))]
    if not places:
        return None
    start = rng.choice(places)
    first = beside(parts, start, 1)
    end = first + 1
    depth = 0
    while end < len(parts) and (depth or parts[end] in ('<', '?')):
        depth += (parts[end] == '<') - (parts[end] == '>')
        end += 1
    how = rng.randrange(4)
    if how == 0:
        return ''.join(parts[:start] + parts[end:])
    new = ''.join(parts[first:end]) + '?' if how == 1 else rng.choice(TYPES) + rng.choice(('', '', '?')) if how == 2 else 'any'
    return ''.join(parts[:start]) + ': ' + new + ''.join(parts[end:])


def roundabout(text, rng):
    """An operand that goes through a closure, a list, a cast ..."""
    parts = tokens(text)
    places = [at for at, token in enumerate(parts) if (is_name(token) or is_literal(token)) and token_beside(parts, at, 1) not in (':', '=', '=>', '{', '>')
              and token_beside(parts, at, -1) not in ('.', 'let', 'var', 'fun', 'type', ':', 'for', 'from', 'join', 'into', 'as', 'test', 'import', '<')]
    if not places:
        return None
    at = rng.choice(places)
    end = end_of_operand(parts, at)
    if end is None or token_beside(parts, end - 1, 1) == '=':
        return None
    return ''.join(parts[:at]) + rng.choice(ROUNDABOUTS) % ''.join(parts[at:end]) + ''.join(parts[end:])


def element_added(text, rng):
    """One more element of a list, or an argument more or less."""
    parts = tokens(text)
    places = [at for at, token in enumerate(parts) if token in (']', ')')]
    if not places:
        return None
    at = rng.choice(places)
    before = token_beside(parts, at, -1)
    parts[at] = ('' if before in ('[', '(') else ', ') + rng.choice(KINDS) + parts[at]
    return ''.join(parts)


def names_above(lines, at):
    """The names of the last lines that have some, the nearest first and more often."""
    found = []
    for line in reversed(lines[max(0, at - 6):at]):
        found += [token for token in tokens(line) if is_name(token) and token[0].islower() and token not in ('print', 'str', 'len', 'append', 'int', 'string')]
    return found


def statement_added(text, rng):
    """A statement about a variable: one that shows it in some way, shares it, or, where it never runs, gives it another kind of value."""
    lines = text.split('\n')
    at = rng.randint(1, len(lines))
    names = names_above(lines, at)
    if not names:
        return None
    statement = rng.choice(ABOUT) if rng.random() < 0.6 else rng.choice(NEVER).replace('$', rng.choice(KINDS))
    lines.insert(at, statement.replace('%s', rng.choice(names)))
    if rng.random() < 0.5:
        return '\n'.join(lines).replace('let ' + names[0], 'var ' + names[0])
    return '\n'.join(lines)


def statements_wrapped(text, rng):
    """Lines that are whole statements put into a block, a loop, a function or a closure; or the whole program."""
    lines = text.split('\n')
    start = 0 if rng.random() < 0.2 else rng.randrange(len(lines))
    end, depth = start, 0
    for end in range(start, len(lines)):
        depth += sum(lines[end].count(c) for c in '([{') - sum(lines[end].count(c) for c in ')]}')
        if depth <= 0 and (start > 0 and rng.random() < 0.7 or depth < 0):
            break
    if depth != 0 or not lines[start].strip():
        return None
    head, tail = rng.choice([('if true {', '}'), ('for zz in 0..1 {', '}'), ('for zz in [none] {', '}'), ('while true {', 'break }'), ('fun zz() {', '} zz()'),
                             ('let zz = fun() {', '} zz()'), ('for zz in 0..2 {', '}'), ('test "zz" {', '}'), ('if 1 > 2 {', '}'), ('let zz = match 1 { _ => {', '} }')])
    return '\n'.join(lines[:start] + [head] + lines[start:end + 1] + [tail] + lines[end + 1:])


def clause_changed(text, rng):
    """A query with a clause more or less, another join, or distinct rows."""
    parts = tokens(text)
    clauses = [at for at, token in enumerate(parts) if token in CLAUSES]
    selects = [at for at in clauses if parts[at] == 'select']
    if not selects:
        return None
    how = rng.randrange(4)
    if how == 0:
        at = rng.choice(selects)
        parts[at] = 'select distinct'
        return ''.join(parts)
    at = rng.choice(clauses)
    if how == 1:
        later = [other for other in clauses if other > at]
        return ''.join(parts[:at] + parts[later[0]:]) if later else None
    if parts[at] == 'join' and how == 2:
        return ''.join(parts[:at] + [rng.choice(['left ', 'right ', 'outer ', 'from '])] + parts[at:])
    rows = [token_beside(parts, place, 1) for place in clauses if parts[place] in ('from', 'join') and place < at]
    if not rows:
        return None
    return ''.join(parts[:at]) + rng.choice(EXTRA).replace('{}', rows[-1]) + ' ' + ''.join(parts[at:])


def early_return(text, rng):
    """A function that gives another kind of value, too; never, or always."""
    parts = tokens(text)
    places = [at for at, token in enumerate(parts) if token == 'return']
    if not places:
        return None
    at = rng.choice(places)
    new = 'return ' + rng.choice(KINDS)
    return ''.join(parts[:at]) + ('if 1 > 2 { %s } ' % new if rng.random() < 0.7 else new + ' ') + ''.join(parts[at:])


def let_assigned(text, rng):
    """All `let`s made `var`s, which makes other changes possible."""
    return re.sub(r'\blet\b', 'var', text)


# Each with its weight.
CHANGES = [(replaced, 5), (line_moved, 1), (annotated, 2), (roundabout, 3), (element_added, 2), (statement_added, 4), (statements_wrapped, 2), (clause_changed, 2),
           (early_return, 1), (let_assigned, 0.3)]


def changed(text, rng):
    """The text with one change, or None."""
    change = rng.choices([how for how, _ in CHANGES], [weight for _, weight in CHANGES])[0]
    new = change(text, rng)
    return new if new != text else None
