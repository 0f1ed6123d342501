//! "Did you mean": the visible name closest to one that is not.

/// The candidate that is closest, if it is close enough for a slip of the finger.
pub fn closest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.chars().collect();
    // One slip in three letters: two changes of a short name make another name of it.
    let limit = wrong.len().max(3) / 3;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|c| !c.is_empty() && *c != "_") {
        let distance = distance(&wrong, candidate, limit);
        // A name as short as the number of changes has nothing in common with the wrong one.
        if distance <= limit && distance < candidate.chars().count() && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// Optimal string alignment distance (Levenshtein with transpositions of neighbours), or something above `limit`; a change of
/// case alone counts as one.
fn distance(a: &[char], b: &str, limit: usize) -> usize {
    if a.len().abs_diff(b.chars().count()) > limit {
        return limit + 1;
    }
    let b: Vec<char> = b.chars().collect();
    if a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.eq_ignore_ascii_case(b)) {
        return 1;
    }
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = last.clone();
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min() > Some(&limit) && last.iter().min() > Some(&limit) {
            return limit + 1;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["count", "total", "x", "print"];
        assert_eq!(closest("cuont", names.into_iter()), Some("count"));
        assert_eq!(closest("Total", names.into_iter()), Some("total"));
        assert_eq!(closest("pritn", names.into_iter()), Some("print"));
        assert_eq!(closest("y", names.into_iter()), None);
        assert_eq!(closest("banana", names.into_iter()), None);
        for (stranger, name) in [("Point", "int"), ("Foo", "bool"), ("Bar", "map"), ("Set", "list"), ("foo", "now"), ("assert", "agent")] {
            assert_eq!(closest(stranger, [name].into_iter()), None, "{stranger}");
        }
    }
}
