"""The judge's streams, agents and logic programs."""
from scopes import FieldScope, Scope, Spent
from values import Map, Struct

DEEPEST = 1200


class Worlds:
    """What facts, rules and handlers there are: `handlers`, `facts` and `rules` of its heir."""

    def run_stream(self, n, s):
        pass

    run_agent = run_stream

    def run_on(self, n, s):
        stream, event = n.data
        self.handlers.append((stream, event, n.kids[0], s))

    def run_emit(self, n, s):
        values = self.all(n.kids, s)
        made = Struct(n.data.name + self.tag, dict(zip((f.name for f in n.data.fields), values)))
        self.depth += 1
        if self.depth > DEEPEST:
            raise Spent()
        for stream, event, body, scope in list(self.handlers):
            if stream is n.data:
                inner = Scope(scope)
                inner.vars[event] = made
                self.run_block(body, inner)
        self.depth -= 1

    def ev_made(self, n, s):
        """A new agent: its variables, then its handlers."""
        agent = n.data
        made = Struct(agent.name + self.tag, {})
        self.structs[agent.name + self.tag] = agent
        env = FieldScope(self.top, agent, made)
        for field, kid in zip(agent.fields, agent.node.kids):
            made.fields[field.name] = self.ev(kid, self.top)
        for kid in agent.node.kids[len(agent.fields):]:
            if kid.kind == 'on':
                self.run_on(kid, env)
        return made

    def run_fact(self, n, s):
        name, terms = n.data
        if (name, tuple(terms)) not in self.facts:
            self.facts.append((name, tuple(terms)))

    def run_rule(self, n, s):
        self.rules.append(n.data)

    def ev_logic(self, n, s):
        known = list(self.facts)
        while True:
            more = [fact for head, body in self.rules for fact in self.derived(head, body, known) if fact not in known]
            self.step(len(known))
            if not more:
                break
            known += dict.fromkeys(more)
        found = [row for name, terms in known if name == n.data[0] for row in [self.unified(n.data[1], terms, {})] if row is not None]
        return [Map((name[1:], value) for name, value in row.items()) for row in found]

    def derived(self, head, body, known):
        rows = [{}]
        for condition in body:
            self.step(len(rows) * 4)
            if len(condition) == 2 and isinstance(condition[1], str):
                rows = [row for row in rows if row['?' + condition[0]] != row['?' + condition[1]]]
            else:
                rows = [made for row in rows for name, terms in known if name == condition[0] for made in [self.unified(condition[1], terms, row)] if made is not None]
        return [(head[0], tuple(row[t] if isinstance(t, str) and t[:1] == '?' else t for t in head[1])) for row in rows]

    def unified(self, wanted, terms, row):
        made = dict(row)
        for want, have in zip(wanted, terms):
            if isinstance(want, str) and want[:1] == '?':
                if made.setdefault(want, have) != have:
                    return None
            elif want != have:
                return None
        return made
