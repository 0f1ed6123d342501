//! Tokens and diagnostics of small texts.

use super::*;

/// The tokens as text: kind and value, without the end.
fn tokens(text: &str) -> String {
    let names = Names::new();
    let lexed = lex(FileId(0), text, &names);
    let shown = lexed.tokens.iter().map(|token| match token.kind {
        TokenKind::Name(name) => format!("name:{}", names.text(name)),
        TokenKind::Int(index) => format!("int:{}", lexed.ints[index as usize]),
        TokenKind::Float(index) => format!("float:{:?}", lexed.floats[index as usize]),
        TokenKind::Str(index) => format!("str:{:?}", lexed.strings[index as usize]),
        TokenKind::Unknown => "unknown".to_string(),
        TokenKind::End => "end".to_string(),
        kind => kind.text().unwrap().to_string(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Codes and covered texts of the diagnostics.
fn problems(text: &str) -> Vec<(&'static str, String)> {
    let lexed = lex(FileId(0), text, &Names::new());
    lexed.diagnostics.iter().map(|d| (d.code.text(), d.span().of(text).to_string())).collect()
}

fn check(text: &str, expected: &str) {
    assert_eq!(tokens(text), format!("{expected} end").trim_start(), "{text}");
    assert_eq!(problems(text), [], "{text}");
}

#[test]
fn names_and_keywords() {
    check("let from = none", "let name:from = none");
    check("trueish true _a1 é世1 🍡", "name:trueish true name:_a1 name:é世1 name:🍡");
}

#[test]
fn numbers() {
    check("0 007 123 0x1F 0b101 0o17", "int:0 int:7 int:123 int:31 int:5 int:15");
    check("1.5 1e9 1.5e-3 2E+2", "float:1.5 float:1000000000.0 float:0.0015 float:200.0");
    check("1..5 1.x", "int:1 .. int:5 int:1 . name:x");
    check("9223372036854775807 -1", "int:9223372036854775807 - int:1");
}

#[test]
fn wrong_numbers() {
    assert_eq!(problems("0x"), [("P046", "0x".into())]);
    assert_eq!(problems("1e"), [("P043", "1e".into())]);
    assert_eq!(problems("1_000"), [("P043", "1_000".into())]);
    assert_eq!(problems("0b12"), [("P043", "0b12".into())]);
    assert_eq!(problems("9223372036854775808"), [("P045", "9223372036854775808".into())]);
    assert_eq!(problems("99999999999999999999x"), [("P045", "99999999999999999999".into())]);
}

#[test]
fn strings() {
    check(r#""a\n\"\\\t\x41\101\u00e9\U0001f361""#, r#"str:"a\n\"\\\tAAé🍡""#);
    check(r#""\xC2\xB0""#, "str:\"°\"");
    check("\"two\nlines\" \"\"", "str:\"two\\nlines\" str:\"\"");
}

#[test]
fn wrong_strings() {
    assert_eq!(
        problems(r#""a\qb" "\u12" "\ud800" "\400""#),
        [("P041", r"\q".into()), ("P041", r"\u".into()), ("P041", r"\ud800".into()), ("P041", r"\400".into())]
    );
    assert_eq!(problems(r#""\xff""#), [("M003", r#""\xff""#.into())]);
    assert_eq!(problems("let s = \"a"), [("P040", "\"".into())]);
    assert_eq!(problems("\"a\\"), [("P040", "\"".into())]);
    let lexed = lex(FileId(0), "a(\"x)\nb(\"y\")", &Names::new());
    assert_eq!(lexed.diagnostics[0].labels[1].span.start, 2, "the quote that is likely to be open");
}

#[test]
fn comments_stand_beside_the_tokens() {
    let text = "a // b\n/// doc\r\n/* c \n# */ d # e";
    let lexed = lex(FileId(0), text, &Names::new());
    let comments: Vec<_> = lexed.comments.iter().map(|c| (c.kind, c.span.of(text))).collect();
    assert_eq!(
        comments,
        [(CommentKind::Line, "// b"), (CommentKind::Doc, "/// doc"), (CommentKind::Block, "/* c \n# */"), (CommentKind::Line, "# e")]
    );
    let starts: Vec<_> = lexed.tokens.iter().map(|token| token.starts_line).collect();
    assert_eq!(starts, [true, true, false]);
    assert_eq!(problems("/* a"), [("P042", "/*".into())]);
}

#[test]
fn punctuation_takes_the_longest() {
    check("a:-1 ==>= => .. ?. ?? ?[", "name:a : - int:1 == >= => .. ? . ?? ? [");
    check(";; \u{9}\r\n", "");
    assert_eq!(tokens("\u{feff}a"), "name:a end");
}

#[test]
fn unknown_characters() {
    assert_eq!(problems("a ^^ b"), [("P999", "^^".into())]);
    assert_eq!(problems("f('a b', “c”, `d`)"), [("P999", "'a b'".into()), ("P999", "“c”".into()), ("P999", "`d`".into())]);
    assert_eq!(tokens("'a b' + c"), "str:\"a b\" + name:c end");
    assert_eq!(problems("don't"), [("P999", "'".into())]);
    assert_eq!(tokens("a & b"), "name:a unknown name:b end");
    assert_eq!(tokens("a\u{a0}b"), "name:a name:b end");
}

#[test]
fn names_end_where_no_byte_of_a_name_follows() {
    for byte in 0..=u8::MAX {
        for place in 0..8 {
            let mut bytes = *b"aZ_09zA_";
            bytes[place] = byte;
            let expected = if is_in_name(byte) { 8 } else { place };
            assert_eq!(name_length(u64::from_le_bytes(bytes)), expected, "{byte} at {place}");
        }
    }
    check("abcdefg abcdefgh abcdefgh_ abcdefghabcdefghi", "name:abcdefg name:abcdefgh name:abcdefgh_ name:abcdefghabcdefghi");
    check("abé abcdefghé9 12;abcdefg", "name:abé name:abcdefghé9 int:12 name:abcdefg");
}
