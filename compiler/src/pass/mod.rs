//! Passes: functions from a module to a better module. They see the IR only and know nothing of Mochi.
//!
//! A pass is a file and its one exported function `fn(&mut Module)`. Every pass takes a verified module and leaves one that
//! verifies. `PASSES` lists them with the order they need and why; `PIPELINE` is the order they run in, which a test
//! checks against the constraints. All of them are deterministic: nothing iterates over a hash map.

mod algebra;
mod algebra_bool;
mod algebra_number;
mod bounds;
mod bounds_facts;
mod bounds_walk;
mod compact;
mod copy;
mod dce;
mod divide;
mod effects;
mod escape;
mod fold;
mod gvn;
mod inline;
mod licm;
mod merge;
mod params;
mod promote;
mod range;
mod reach;
mod rewrite;
mod rotate;
mod split;
mod thread;

pub use divide::divide;

use crate::ir::Module;

pub struct Pass {
    pub name: &'static str,
    pub run: fn(&mut Module),
    /// The lowest level that runs it: 0 is what correctness or the size of a development build needs, 1 everything.
    pub level: u8,
    pub order: &'static [Order],
}

/// Where a pass must stand in the pipeline, and why.
pub enum Order {
    /// Each run comes at some time after a run of the named pass.
    After(&'static str, &'static str),
    /// Each run is followed, at some time, by a run of the named pass.
    Before(&'static str, &'static str),
}
use Order::{After, Before};

pub const PASSES: &[Pass] = &[
    Pass { name: "reach", run: reach::reach, level: 0, order: &[] },
    Pass { name: "fold", run: fold::fold, level: 1, order: &[Before("dce", "it leaves behind the operands of what it folded")] },
    Pass {
        name: "params",
        run: params::params,
        level: 1,
        order: &[Before("gvn", "a variable that does not change is one value only once its parameters are gone")],
    },
    Pass {
        name: "inline",
        run: inline::inline,
        level: 1,
        order: &[
            After("reach", "functions that are never called must not grow, nor count as callers"),
            After("fold", "the size that decides is that of simplified functions"),
            Before("fold", "the inlined bodies are blocks, which fold melts"),
            Before("params", "arguments that are constants or unchanged variables show only then"),
        ],
    },
    Pass { name: "gvn", run: gvn::gvn, level: 1, order: &[Before("fold", "the facts that it learns are constants in conditions")] },
    Pass {
        name: "escape",
        run: escape::escape,
        level: 1,
        order: &[
            After("inline", "an object that a call sees escapes"),
            After("gvn", "reads of a reference held in a field show only then which object they mean"),
            Before("params", "it gives a parameter to every construct that sets a field"),
        ],
    },
    Pass {
        name: "bounds",
        run: bounds::bounds,
        level: 1,
        order: &[
            After("gvn", "two reads of one length must be one value for the facts about them to meet"),
            Before("rotate", "in a loop that tests at its top the condition holds in the body by scope alone"),
            Before("fold", "the checks that cannot fail are dropped there"),
        ],
    },
    Pass {
        name: "rotate",
        run: rotate::rotate,
        level: 1,
        order: &[
            After("fold", "conditions of `&&` are one small test only when folded"),
            Before("licm", "checks move out of a loop only from a place that every turn reaches"),
            Before("params", "all that the condition computes becomes a parameter first"),
        ],
    },
    Pass {
        name: "licm",
        run: licm::licm,
        level: 1,
        order: &[
            After("inline", "reads in small accessors must stand in the loop itself"),
            After("gvn", "operands that are the same value must be it to be seen as made outside"),
            Before("gvn", "what moved out of two loops, or meets its like before the loop, is merged"),
        ],
    },
    Pass {
        name: "promote",
        run: promote::promote,
        level: 1,
        order: &[
            After("licm", "what the loop does not change at all needs no variable"),
            Before("params", "it gives every construct with a cold path a result"),
            Before("gvn", "reads behind a cold path meet those before it only as one value"),
        ],
    },
    Pass {
        name: "thread",
        run: thread::thread,
        level: 1,
        order: &[
            After("gvn", "what a condition says is known in an arm of its `if`, but not behind the block that it becomes"),
            After("rotate", "a loop's test is an `if` of its own only before"),
            Before("dce", "it leaves behind the constants that decided"),
        ],
    },
    Pass {
        name: "merge",
        run: merge::merge,
        level: 1,
        order: &[
            After("dce", "functions that differ in what is unused are the same without it"),
            Before("reach", "it leaves the functions that nobody calls any more"),
        ],
    },
    Pass { name: "dce", run: dce::dce, level: 1, order: &[] },
    Pass {
        name: "split",
        run: split::split,
        level: 0,
        order: &[
            After("merge", "parts that look the same come from places that a call trace tells apart"),
            After("promote", "it keeps variables in fields across calls of functions that are not inlined, as parts are"),
        ],
    },
];

/// The passes in the order they run.
pub const PIPELINE: &[&str] = &[
    "reach", "fold", "params", "dce", "inline", "fold", "params", "gvn", "fold", "escape", "params", "gvn", "fold", "dce", "bounds",
    "fold", "rotate", "gvn", "fold", "params", "licm", "promote", "params", "gvn", "fold", "params", "gvn", "fold", "dce", "thread", "dce",
    "merge", "reach", "split",
];

/// Sees a pass's name and the module after it.
pub type Hook<'a> = &'a mut dyn FnMut(&str, &Module);

/// Runs the pipeline of a level, and calls the hook after each pass with its name: to dump, to verify, to measure.
pub fn run_passes(module: &mut Module, level: u8, mut hook_after: Option<Hook>) {
    for name in PIPELINE {
        let pass = named(name).expect("the pipeline names passes");
        if pass.level > level {
            continue;
        }
        (pass.run)(module);
        if let Some(hook) = &mut hook_after {
            hook(pass.name, module);
        }
    }
}

/// A pass by its name; for dumps and filetests.
pub fn named(name: &str) -> Option<&'static Pass> {
    PASSES.iter().find(|p| p.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipeline_keeps_every_constraint() {
        for (at, name) in PIPELINE.iter().enumerate() {
            let pass = named(name).unwrap_or_else(|| panic!("no pass {name}"));
            for order in pass.order {
                let (holds, other, reason) = match order {
                    After(other, reason) => (PIPELINE[..at].contains(other), other, reason),
                    Before(other, reason) => (PIPELINE[at + 1..].contains(other), other, reason),
                };
                assert!(holds, "{name} at {at} and {other}: {reason}");
            }
        }
        assert!(PASSES.iter().all(|p| PIPELINE.contains(&p.name)), "every pass runs");
    }
}
