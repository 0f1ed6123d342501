//! S-expressions and their layout: on one line where they fit, else the head and each part on its own line.

const WIDTH: usize = 100;

/// An atom, or a list with a head.
pub(super) struct Sexpr {
    head: String,
    /// None for an atom.
    parts: Option<Vec<Sexpr>>,
    /// Bytes on one line.
    width: usize,
}

impl Sexpr {
    pub(super) fn atom(text: impl Into<String>) -> Sexpr {
        let head = text.into();
        Sexpr { width: head.len(), head, parts: None }
    }

    pub(super) fn list(head: &str, parts: impl IntoIterator<Item = Sexpr>) -> Sexpr {
        let parts: Vec<Sexpr> = parts.into_iter().collect();
        let width = head.len() + 2 + parts.iter().map(|part| part.width + 1).sum::<usize>();
        Sexpr { head: head.to_string(), parts: Some(parts), width }
    }

    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, indent: usize) {
        let Some(parts) = &self.parts else {
            out.push_str(&self.head);
            return;
        };
        let flat = indent + self.width <= WIDTH;
        out.push('(');
        out.push_str(&self.head);
        // Leading atoms, like the name of a function, stay on the line of the head.
        let mut leading = true;
        for part in parts {
            leading &= part.parts.is_none();
            if flat || leading {
                out.push(' ');
            } else {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 2));
            }
            part.write(out, indent + 2);
        }
        out.push(')');
    }
}
