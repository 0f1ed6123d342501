//! Where instructions come from, through the calls that were inlined: what a call trace shows.
//!
//! ```text
//!   fun f(n) { return 10 / n }       the division in `main`, after inlining:
//!   fun g(n) { return f(n) }
//!   print(g(0))                        span  of `10 / n`        f
//!                                      frame f1: f, called at   g
//!                                      outer f0: g, called at   main, the function itself
//! ```
//! Optimised code thereby has the trace of unoptimised code.

use super::entity::{Table, entity};
use super::func::Func;
use super::print::NO_SPAN;
use crate::source::Span;

entity!(
    /// A call that was inlined. Text: `f3`.
    Frame, "f"
);

/// What was called, and from where.
#[derive(Clone, PartialEq, Debug)]
pub struct FrameData {
    /// The called function's name and its place.
    pub name: Box<str>,
    pub span: Span,
    /// The place of the call, in the function of `outer`.
    pub call: Span,
    /// The inlined call that this one stood in; the function itself if there is none.
    pub outer: Option<Frame>,
}

/// Where an instruction comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// In the user's source or the prelude's.
    pub span: Span,
    /// The inlined call that it was part of.
    pub frame: Option<Frame>,
}

impl From<Span> for Place {
    fn from(span: Span) -> Place {
        Place { span, frame: None }
    }
}

/// A function that was active at some place, as the user sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Active<'f> {
    pub name: &'f str,
    /// The function's own place.
    pub func: Span,
    /// Where it stood.
    pub at: Span,
}

/// The functions that are active at a place of a function with this name, place and inlined calls, innermost first.
pub fn active<'f>(name: &'f str, func: Span, frames: &'f Table<Frame, FrameData>, place: Place) -> Vec<Active<'f>> {
    let mut found = Vec::new();
    let (mut at, mut next) = (place.span, place.frame);
    while let Some(frame) = next {
        let data = &frames[frame];
        found.push(Active { name: &data.name, func: data.span, at });
        (at, next) = (data.call, data.outer);
    }
    found.push(Active { name, func, at });
    found
}

impl Func {
    /// The functions that are active at a place of this one, innermost first.
    pub fn active(&self, place: Place) -> Vec<Active<'_>> {
        active(&self.name, self.span, &self.frames, place)
    }
}

impl Active<'_> {
    /// The place to show for it, if the function is the user's: neither the library's nor one without a source.
    pub fn users_place(&self, mut is_users: impl FnMut(Span) -> bool) -> Option<Span> {
        let mut is_users = |span: Span| span != NO_SPAN && is_users(span);
        let own = Some(self.func).filter(|&func| is_users(func))?;
        Some(if is_users(self.at) { self.at } else { own })
    }
}

/// Where a call of `callee` in `caller` comes from; `None` if it calls a part of its own function (see the pass `split`), which
/// already shows the function.
pub fn of_call(caller: &Func, callee: &Func, at: Place) -> Option<Place> {
    let own = whole(&caller.name).unwrap_or(&caller.name);
    (whole(&callee.name) != Some(own)).then_some(at)
}

/// The function that `f.part.N` is a part of.
fn whole(name: &str) -> Option<&str> {
    let (whole, number) = name.rsplit_once(".part.")?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(whole)
}

/// A function's name as the user wrote it: not as a part, nor with the number that tells it from others of its name.
pub fn shown_name(name: &str) -> &str {
    let name = whole(name).unwrap_or(name);
    match name.rsplit_once('.') {
        Some((plain, number)) if !plain.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => plain,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn inlined_calls_are_active_from_the_inside_out() {
        let span = |at| Span::new(FileId(0), at, at + 1);
        let mut func = Func::new("main", &[], None, span(0));
        let g = func.frames.push(FrameData { name: "g".into(), span: span(1), call: span(10), outer: None });
        let f = func.frames.push(FrameData { name: "f".into(), span: span(2), call: span(20), outer: Some(g) });
        let active = func.active(Place { span: span(30), frame: Some(f) });
        let shown: Vec<(&str, u32)> = active.iter().map(|a| (a.name, a.at.start)).collect();
        assert_eq!(shown, [("f", 30), ("g", 20), ("main", 10)]);
    }

    #[test]
    fn numbers_and_parts_are_no_names() {
        assert_eq!(["f", "f.2", "f.part.0", "f.2.part.11", "main.run"].map(shown_name), ["f", "f", "f", "f", "main.run"]);
    }
}
