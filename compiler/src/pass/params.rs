//! Removes parameters of loops and results of `block`, `if` and `switch` that are another value already.
//!
//! - A loop parameter that every turn gets back unchanged is its first value.
//! - A result that every `br` gives the same value, made outside the construct, is that value.
//! - Of two parameters or results that always get equal values, one is enough.
//!
//! Front ends carry every variable through every construct; this pass is what makes that cheap. Parameters that
//! nobody uses are for `dce`.

use super::rewrite::{Aliases, branches, taken_by, walk_func};
use crate::ir::{Args, Func, Id, InstKind, Module, Value};

pub fn params(module: &mut Module) {
    for func in module.funcs.values_mut() {
        simplify(func);
    }
}

/// A construct with parameters or results, and what is known of them.
struct Construct {
    /// Its place in text order.
    start: u32,
    takes: Vec<Value>,
    /// The values given at the start of a loop and at each `br`.
    given: Vec<Args>,
    is_loop: bool,
}

fn simplify(func: &mut Func) {
    let (mut constructs, places) = collect(func);
    let mut aliases = Aliases::default();
    loop {
        let mut changed = false;
        // Inner constructs stand behind outer ones: from the back, their results are settled first.
        for construct in constructs.iter_mut().rev() {
            for args in construct.given.iter_mut() {
                args.iter_mut().for_each(|v| *v = aliases.resolve(*v));
            }
            changed |= simplify_construct(construct, &places, &mut aliases);
        }
        if !changed && !join_twins(func, &constructs, &mut aliases) {
            break;
        }
    }
    remove(func, &aliases);
    aliases.apply(func);
}

/// The constructs that take values, in text order, and the place of each value's definition.
fn collect(func: &Func) -> (Vec<Construct>, Vec<u32>) {
    let mut constructs = Vec::new();
    let mut index = vec![usize::MAX; func.insts.len()];
    let mut places = vec![0; func.values.len()];
    let mut place = 0;
    walk_func(func, &mut |inst| {
        place += 1;
        let kind = &func.insts[inst].kind;
        let takes = if kind.regions().is_empty() { Vec::new() } else { taken_by(func, inst) };
        // A construct's own values are defined after all that its inside could mean by "outside".
        for &value in func.insts[inst].results.iter().chain(&takes) {
            places[value.index()] = place;
        }
        if takes.is_empty() {
            return;
        }
        index[inst.index()] = constructs.len();
        let given = match kind {
            InstKind::Loop { init, .. } => vec![init.clone()],
            _ => Vec::new(),
        };
        constructs.push(Construct { start: place, takes, is_loop: !given.is_empty(), given });
    });
    for br in branches(func) {
        if let InstKind::Br { target, args } = &func.insts[br].kind
            && let Some(construct) = constructs.get_mut(index[target.index()])
        {
            construct.given.push(args.clone());
        }
    }
    (constructs, places)
}

fn simplify_construct(c: &Construct, places: &[u32], aliases: &mut Aliases) -> bool {
    let mut changed = false;
    for (i, &value) in c.takes.iter().enumerate() {
        if aliases.resolve(value) != value || c.given.is_empty() {
            continue;
        }
        let first = c.given[0][i];
        let unchanged = |args: &Args| args[i] == first || (c.is_loop && args[i] == value);
        let is_outside = c.is_loop || places[first.index()] < c.start;
        if is_outside && first != value && c.given.iter().all(unchanged) {
            aliases.set(value, first);
            changed = true;
        }
    }
    changed
}

/// Replaces parameters and results that are always equal to an earlier one of the same construct; whether there were any.
///
/// All of one construct and type count as equal until two of them get values that do not: the coarsest partition, found by
/// refinement as in Hopcroft's minimisation. It sees through values that circle through several constructs.
fn join_twins(func: &Func, constructs: &[Construct], aliases: &mut Aliases) -> bool {
    let mut class: Vec<Value> = func.values.ids().collect();
    let alive = |c: &Construct, aliases: &Aliases| -> Vec<usize> {
        (0..c.takes.len()).filter(|&i| aliases.resolve(c.takes[i]) == c.takes[i]).collect()
    };
    for c in constructs {
        for (n, &i) in alive(c, aliases).iter().enumerate() {
            let first = alive(c, aliases)[..=n].iter().copied().find(|&j| func.ty(c.takes[j]) == func.ty(c.takes[i]));
            class[c.takes[i].index()] = c.takes[first.expect("itself at least")];
        }
    }
    loop {
        let mut changed = false;
        for c in constructs {
            let members = alive(c, aliases);
            let old: Vec<Value> = c.takes.iter().map(|v| class[v.index()]).collect();
            for (n, &i) in members.iter().enumerate() {
                let given = |k: usize, args: &Args| class[aliases.resolve(args[k]).index()];
                let same = |j: &usize| old[*j] == old[i] && c.given.iter().all(|args| given(*j, args) == given(i, args));
                let first = members[..=n].iter().copied().find(same).expect("itself at least");
                changed |= class[c.takes[i].index()] != c.takes[first];
                class[c.takes[i].index()] = c.takes[first];
            }
        }
        if !changed {
            break;
        }
    }
    let mut found = false;
    for c in constructs {
        for i in alive(c, aliases) {
            let to = class[c.takes[i].index()];
            if to != c.takes[i] {
                aliases.set(c.takes[i], to);
                found = true;
            }
        }
    }
    found
}

/// Takes the replaced parameters and results out, and what the `br`s give for them.
fn remove(func: &mut Func, aliases: &Aliases) {
    let mut insts = Vec::new();
    walk_func(func, &mut |inst| insts.push(inst));
    let kept = |takes: &[Value]| takes.iter().map(|&v| aliases.resolve(v) == v).collect::<Vec<bool>>();
    for &inst in &insts {
        if let InstKind::Br { target, .. } = func.insts[inst].kind {
            let kept = kept(&taken_by(func, target));
            if let InstKind::Br { args, .. } = &mut func.insts[inst].kind {
                retain(args, &kept);
            }
        }
    }
    for &inst in &insts {
        if func.insts[inst].kind.regions().is_empty() {
            continue;
        }
        let kept = kept(&taken_by(func, inst));
        let data = &mut func.insts[inst];
        match &mut data.kind {
            InstKind::Loop { init, body } => {
                retain(init, &kept);
                let mut keep = kept.iter();
                func.regions[*body].params.retain(|_| *keep.next().expect("one flag for each"));
            }
            _ => {
                let mut keep = kept.iter();
                data.results.retain(|_| *keep.next().expect("one flag for each"));
            }
        }
    }
}

/// Keeps the values whose flag is set.
pub(super) fn retain(args: &mut Args, kept: &[bool]) {
    let mut keep = kept.iter();
    args.retain(|_| *keep.next().expect("one flag for each"));
}
