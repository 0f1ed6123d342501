"""Where the judge keeps variables, and how it leaves loops, functions and programs that take too long."""
from values import Unjudged


class Spent(Exception):
    """The program takes too long or grows too much."""


class Break(Exception):
    pass


class Continue(Exception):
    pass


class Return(Exception):
    def __init__(self, value):
        super().__init__()
        self.value = value


class Scope:
    __slots__ = ('vars', 'outer')

    def __init__(self, outer=None):
        self.vars, self.outer = {}, outer

    def owner(self, var):
        scope = self
        while scope is not None:
            if var in scope.vars:
                return scope.vars
            scope = scope.outer
        raise Unjudged('a variable without a declaration: ' + var.name)


class FieldScope(Scope):
    """A method's view of its object."""
    __slots__ = ('fields',)

    def __init__(self, outer, struct, value):
        super().__init__(outer)
        self.fields = {field: field.name for field in struct.fields}
        self.vars = Fields(self.fields, value.fields)


class Fields:
    def __init__(self, names, values):
        self.names, self.values = names, values

    def __contains__(self, var):
        return var in self.names

    def __getitem__(self, var):
        return self.values[self.names[var]]

    def __setitem__(self, var, value):
        self.values[self.names[var]] = value
