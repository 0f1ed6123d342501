"""Makes a failing program smaller while it still fails: whole statements first, then what blocks hold, then expressions."""
import time
from tree import Node, is_known, literal

BLOCKS = ('program', 'block')
STATEMENTS = {'declare', 'assign', 'print', 'json', 'ifs', 'while', 'forrange', 'forin', 'break', 'continue', 'return', 'fun', 'expr', 'update', 'expect', 'test',
              'type', 'block', 'program', 'method', 'matchs', 'stream', 'on', 'emit', 'agent', 'fact', 'rule', 'save'}
CLAUSES = {'from', 'join', 'where', 'group', 'having', 'sort', 'skip', 'take', 'select', 'arm', 'pany', 'pvar', 'plit', 'pcon'}


def walk(node):
    yield node
    for kid in node.kids:
        yield from walk(kid)


def containers(target):
    """What is left of `=`, without the index expressions."""
    while target.kind in ('index', 'field'):
        yield target
        target = target.kids[0]
    yield target


class Shrinker:
    def __init__(self, program, fails, leaf, seconds=150, tries=600):
        self.program, self.fails, self.leaf = program, fails, leaf
        self.end, self.tries = time.time() + seconds, tries

    def spent(self):
        return time.time() > self.end or self.tries <= 0

    def attempt(self, kids, new):
        """Keeps `new` in the list `kids` if the program still fails so."""
        if self.spent():
            return False
        old = kids[:]
        kids[:] = new
        self.tries -= 1
        if self.fails(self.program):
            return True
        kids[:] = old
        return False

    def run(self):
        before = None
        while before != self.size() and not self.spent():
            before = self.size()
            for node in list(walk(self.program)):
                if node.kind in BLOCKS:
                    self.fewer(node.kids)
            self.hoist()
            self.expressions()
        return self.program

    def size(self):
        return sum(1 for _ in walk(self.program))

    def fewer(self, kids):
        chunk = max(len(kids) // 2, 1)
        while chunk:
            at = len(kids) - chunk
            while at > -chunk:
                low = max(at, 0)
                self.attempt(kids, kids[:low] + kids[at + chunk:])
                at -= chunk
            chunk //= 2

    def hoist(self):
        """A block's statements in place of the statement around it."""
        for node in list(walk(self.program)):
            if node.kind in BLOCKS:
                for at in range(len(node.kids) - 1, -1, -1):
                    for inner in node.kids[at].kids if at < len(node.kids) else ():
                        if inner.kind == 'block' and node.kids[at].kind not in ('fun', 'method'):
                            if self.attempt(node.kids, node.kids[:at] + inner.kids + node.kids[at + 1:]):
                                break

    def expressions(self):
        nodes = list(walk(self.program))
        targets = {id(part) for node in nodes if node.kind == 'assign' for part in containers(node.kids[0])}
        for node in nodes:
            for at in range(len(node.kids) - 1, -1, -1):
                if at >= len(node.kids) or id(node.kids[at]) in targets:
                    continue
                kid = node.kids[at]
                if kid.kind in CLAUSES and node.kind in ('query', 'match'):
                    if kid.kind not in ('select', 'from') and len(node.kids) > 2:
                        self.attempt(node.kids, node.kids[:at] + node.kids[at + 1:])
                    continue
                if kid.kind in STATEMENTS or kid.kind in CLAUSES or kid.kind == 'lit' or not is_known(kid.ty):
                    continue
                options = [inner for inner in walk(kid) if inner is not kid and inner.ty == kid.ty and inner.kind not in CLAUSES][:6]
                options.append(self.simple(kid.ty))
                if node.kind in ('print', 'list', 'expr') and len(node.kids) > 1:
                    options.insert(0, None)
                for option in options:
                    if option is not None and option.kind == kid.kind and not option.kids and not kid.kids:
                        continue
                    if self.attempt(node.kids, node.kids[:at] + ([option] if option else []) + node.kids[at + 1:]):
                        break

    def simple(self, ty):
        plain = {'int': 1, 'float': 1.5, 'bool': True, 'string': 'a'}
        if ty in plain:
            return literal(plain[ty], ty)
        if isinstance(ty, tuple) and ty[0] == 'list' and isinstance(ty[1], str) and ty[1] in plain:
            return Node('list', ty, [self.simple(ty[1])])
        return self.leaf(ty)
