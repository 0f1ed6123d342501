//! JSON objects on one line, written field by field.

/// An object that is being written; an open brace at first.
pub struct Object(String);

impl Default for Object {
    fn default() -> Object {
        Object(String::from("{"))
    }
}

impl Object {
    pub fn new() -> Object {
        Object::default()
    }

    /// A field whose value is JSON already.
    pub fn raw(mut self, name: &str, value: &str) -> Object {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0 += &format!("{}:{value}", quoted(name));
        self
    }

    pub fn text(self, name: &str, value: &str) -> Object {
        self.raw(name, &quoted(value))
    }

    pub fn number(self, name: &str, value: impl std::fmt::Display) -> Object {
        self.raw(name, &value.to_string())
    }

    pub fn done(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A JSON array of values that are JSON already.
pub fn array(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
