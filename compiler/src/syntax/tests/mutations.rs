//! Broken texts: every prefix of the samples, and thousands of random changes. Nothing panics, and every
//! diagnostic points into the text.

use super::{SAMPLES, parse_text};
use crate::diagnostic::Diagnostic;

/// SplitMix64 (Steele, Lea, Flood 2014): the same sequence on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

fn parses(text: &str) {
    let (_, diagnostics) = parse_text(text);
    for diagnostic in &diagnostics {
        places_fit(text, diagnostic);
    }
}

fn places_fit(text: &str, diagnostic: &Diagnostic) {
    let spans = diagnostic.labels.iter().map(|label| label.span);
    for span in spans.chain(diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span))) {
        let fits = text.get(span.start as usize..span.end as usize).is_some();
        assert!(fits, "{span:?} of {diagnostic:?} in\n{text}");
    }
    assert!(diagnostic.labels[0].primary && diagnostic.labels[1..].iter().all(|label| !label.primary));
}

#[test]
fn every_prefix() {
    for sample in SAMPLES {
        for end in (0..=sample.len()).filter(|&end| sample.is_char_boundary(end)) {
            parses(&sample[..end]);
        }
    }
}

/// Bytes that change what a text means.
const MARKS: &[u8] = b"{}[]()\"\\.,:=<>?!-+*/;#\n'&^|";

#[test]
fn random_bytes() {
    let mut random = Random(1);
    for round in 0..6_000 {
        let mut bytes = SAMPLES[round % SAMPLES.len()].as_bytes().to_vec();
        for _ in 0..=random.below(8) {
            bytes.extend_from_slice(b" ");
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = random.next() as u8,
                1 => {
                    bytes.remove(at);
                }
                2 => bytes.insert(at, MARKS[random.below(MARKS.len())]),
                _ => bytes.truncate(at),
            }
        }
        parses(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn random_tokens() {
    let mut random = Random(2);
    let words: Vec<Vec<&str>> = SAMPLES.map(|sample| sample.split_inclusive([' ', '(', ')', '\n', ',']).collect()).to_vec();
    for round in 0..6_000 {
        let mut text = words[round % words.len()].clone();
        for _ in 0..=random.below(6) {
            let (a, b) = (random.below(text.len()), random.below(text.len()));
            match random.below(4) {
                0 => text.swap(a, b),
                1 => {
                    text.remove(a);
                }
                2 => text.insert(a, text[b]),
                _ => {
                    let pool = &words[random.below(words.len())];
                    text[a] = pool[random.below(pool.len())];
                }
            }
        }
        parses(&text.concat());
    }
}
