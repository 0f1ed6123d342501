//! Tokens of the IR's text form. Blanks and line ends only separate; `;` starts a comment.

/// A token; sigils are part of the names' kinds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    /// `[A-Za-z0-9_.]+`, a number with its sign, `inf`, `nan`.
    Word(String),
    /// `"..."`, escapes undone.
    Text(Vec<u8>),
    /// A character that stands for itself: brackets, `,`, `:`, `=`, `!` and the sigils `$ @ %`.
    Sign(u8),
    /// `->`
    Arrow,
    End,
}

/// The tokens of a text with the 1-based line of each; ends in `End`. An error is a line and a message.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, u32)>, (u32, String)> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(&b) = bytes.get(at) {
        let start = at;
        match b {
            b'\n' => {
                line += 1;
                at += 1;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            b';' => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'-' if bytes.get(at + 1) == Some(&b'>') => {
                out.push((Token::Arrow, line));
                at += 2;
            }
            b'"' => {
                let (content, end) = string(bytes, at + 1).map_err(|message| (line, message))?;
                out.push((Token::Text(content), line));
                line += bytes[at..end].iter().filter(|&&b| b == b'\n').count() as u32;
                at = end;
            }
            _ if is_word(b) || b == b'-' || b == b'+' => {
                at += 1;
                // The sign of an exponent belongs to the number: 1e-7.
                while at < bytes.len() && (is_word(bytes[at]) || is_exponent_sign(bytes, start, at)) {
                    at += 1;
                }
                out.push((Token::Word(text[start..at].to_string()), line));
            }
            b'(' | b')' | b'{' | b'}' | b',' | b':' | b'=' | b'!' | b'$' | b'@' | b'%' => {
                out.push((Token::Sign(b), line));
                at += 1;
            }
            _ => return Err((line, format!("unexpected character `{}`", text[at..].chars().next().unwrap_or('?')))),
        }
    }
    out.push((Token::End, line));
    Ok(out)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'.'
}

fn is_exponent_sign(bytes: &[u8], start: usize, at: usize) -> bool {
    let numeric = bytes[start].is_ascii_digit() || bytes[start] == b'-';
    numeric && matches!(bytes[at], b'-' | b'+') && matches!(bytes[at - 1], b'e' | b'E')
}

/// The content of a string that starts at `at`, and the offset after its closing quote.
fn string(bytes: &[u8], mut at: usize) -> Result<(Vec<u8>, usize), String> {
    let mut content = Vec::new();
    loop {
        match bytes.get(at) {
            None => return Err("unfinished string".to_string()),
            Some(b'"') => return Ok((content, at + 1)),
            Some(b'\\') => {
                let escape = bytes.get(at + 1).copied().unwrap_or(b'?');
                at += 2;
                content.push(match escape {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'"' | b'\\' => escape,
                    _ => {
                        let digits = bytes.get(at - 1..at + 1).and_then(|d| std::str::from_utf8(d).ok());
                        at += 1;
                        digits.and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or("an escape is \\n, \\t, \\\", \\\\ or two hex digits")?
                    }
                });
            }
            Some(&b) => {
                content.push(b);
                at += 1;
            }
        }
    }
}
