//! Values laid out for people: long lists and maps one element to a line, long texts line by line, and what differs in two of them.

/// A value of more characters than this is spread over several lines.
const WIDTH: usize = 72;
/// Tables of more cells than this are not made: only the middle part is shown as different.
const CELLS: usize = 4_000_000;

/// The lines of a value in nested form.
pub fn lines(value: &str) -> Vec<String> {
    if let Some(text) = multiline(value) {
        return text;
    }
    let mut lines = Vec::new();
    spread(value, "", 0, &mut lines);
    lines
}

/// The lines of a quoted text that has several.
fn multiline(value: &str) -> Option<Vec<String>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    // A quote inside would be the end of the first of several texts.
    (matching(value, 0)? == value.len() - 1 && inner.contains("\\n")).then(|| {
        let mut lines = vec![String::new()];
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            let last = lines.last_mut().expect("one at least");
            match c {
                '\\' => match chars.next() {
                    Some('n') => lines.push(String::new()),
                    Some(c @ ('"' | '\\')) => last.push(c),
                    Some(other) => last.extend(['\\', other]),
                    None => {}
                },
                c => last.push(c),
            }
        }
        lines
    })
}

/// Where the bracket or quote at an offset ends.
fn matching(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut quoted) = (0usize, start, false);
    while at < bytes.len() {
        match (bytes[at], quoted) {
            (b'\\', true) => at += 1,
            (b'"', _) => {
                quoted = !quoted;
                if !quoted && depth == 0 {
                    return Some(at);
                }
            }
            (b'[' | b'{', false) => depth += 1,
            (b']' | b'}', false) => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Writes `prefix` and a value, on one line if it fits.
fn spread(value: &str, prefix: &str, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let first = value.as_bytes().first();
    let is_container = matches!(first, Some(b'[' | b'{')) && matching(value, 0) == Some(value.len() - 1) && value.len() > 2;
    if value.chars().count() + prefix.len() <= WIDTH || !is_container {
        lines.push(format!("{indent}{prefix}{value}"));
        return;
    }
    lines.push(format!("{indent}{prefix}{}", &value[..1]));
    for item in items(&value[1..value.len() - 1]) {
        match item.find(": ").filter(|_| value.starts_with('{')) {
            // A key that is a quoted text may hold a colon itself.
            Some(_) if item.starts_with('"') => {
                let end = matching(item, 0).map_or(0, |quote| (quote + 3).min(item.len()));
                spread(&item[end..], &item[..end], depth + 1, lines);
            }
            Some(colon) => spread(&item[colon + 2..], &item[..colon + 2], depth + 1, lines),
            None => spread(item, "", depth + 1, lines),
        }
    }
    lines.push(format!("{indent}{}", &value[value.len() - 1..]));
}

/// The elements of a list or map, without its brackets.
fn items(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut items, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'[' | b'{' => at = matching(text, at).unwrap_or(bytes.len() - 1),
            b',' => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    items.push(text[start..].trim());
    items
}

/// A line of two texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    Same(String),
    Left(String),
    Right(String),
}

/// The lines of both, in the shortest way from the left to the right (the longest common subsequence).
pub fn difference(left: &[String], right: &[String]) -> Vec<Line> {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left_rest, right_rest) = (&left[same..], &right[same..]);
    let tail = left_rest.iter().rev().zip(right_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&left_rest[..left_rest.len() - tail], &right_rest[..right_rest.len() - tail]);
    let mut lines: Vec<Line> = left[..same].iter().cloned().map(Line::Same).collect();
    if a.len() * b.len() > CELLS {
        lines.extend(a.iter().cloned().map(Line::Left));
        lines.extend(b.iter().cloned().map(Line::Right));
    } else {
        lines.extend(shortest(a, b));
    }
    lines.extend(left[left.len() - tail..].iter().cloned().map(Line::Same));
    lines
}

fn shortest(a: &[String], b: &[String]) -> Vec<Line> {
    // common[i][j]: the number of lines that a[i..] and b[j..] share.
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push(Line::Same(a[i].clone()));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(Line::Left(a[i].clone()));
            i += 1;
        } else {
            lines.push(Line::Right(b[j].clone()));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn short_values_stay_on_one_line() {
        assert_eq!(lines(r#"{"a": [1, 2]}"#), texts(&[r#"{"a": [1, 2]}"#]));
    }

    #[test]
    fn long_values_are_spread() {
        let long = format!(r#"{{"a": [1, "x, [y"], "b: c": "{}"}}"#, "z".repeat(60));
        let last = format!(r#"  "b: c": "{}""#, "z".repeat(60));
        assert_eq!(lines(&long), texts(&["{", r#"  "a": [1, "x, [y"]"#, &last, "}"]));
    }

    #[test]
    fn texts_of_several_lines_are_shown_as_such() {
        assert_eq!(lines(r#""one \"1\"\ntwo\\""#), texts(&["one \"1\"", "two\\"]));
    }

    #[test]
    fn a_difference_keeps_what_is_common() {
        let (a, b) = (texts(&["1", "2", "3", "4"]), texts(&["1", "3", "x", "4"]));
        let (same, left, right) = (|t: &str| Line::Same(t.into()), |t: &str| Line::Left(t.into()), |t: &str| Line::Right(t.into()));
        assert_eq!(difference(&a, &b), [same("1"), left("2"), same("3"), right("x"), same("4")]);
    }
}
