//! Error sites: where a check can fail and what it says then. The texts go into a constant block that the prelude's
//! `error.mochi` reads; its layout is described there.

use super::Lower;
use super::function::FnCx;
use crate::hash::HashMap;
use crate::ir::{DataId, Imm, Module, Op, Site, SiteData, Value};
use crate::source::Span;

macro_rules! messages {
    ($($name:ident $text:literal $help:literal)*) => {
        /// What can go wrong. In a text, byte 1 stands for the check's first number and byte 2 for its second.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u32)]
        #[allow(dead_code, reason = "the first three are made by number")]
        pub(crate) enum Fault { $($name),* }
        const TEXTS: &[(&str, &str)] = &[$(($text, $help)),*];
    };
}

messages! {
    // The hosts raise the first three, in this order.
    StackOverflow "stack overflow" ""
    OutOfMemory "out of memory" ""
    Interrupted "interrupted" ""
    Overflow "integer overflow" "use `as bigint`"
    DivisionByZero "division by zero" ""
    ListIndex "list index out of range: \u{1} (len \u{2})" ""
    StringIndex "string index out of range: \u{1} (len \u{2})" ""
    Cast "invalid cast" ""
    CastFloat "cannot cast float to int" ""
    Operands "unsupported operands" ""
    Iterator "invalid iterator" ""
    InOperand "invalid 'in' operand" ""
    IndexTarget "invalid index target" ""
    IndexKind "invalid index" ""
    LenOperand "invalid len operand" ""
    AppendOperand "append expects list" ""
    UnionOperand "union expects lists" ""
    FieldTarget "invalid field target" ""
    Call "not a function" ""
    Argument "invalid argument" ""
    Expect "expect condition failed" ""
    Message "" ""
}

#[derive(Default)]
pub(crate) struct Sites {
    known: HashMap<(Fault, Span), Site>,
    /// The block for `const:sites`, filled at the end.
    block: Option<DataId>,
    user: bool,
}

impl Sites {
    /// The sites that hosts raise.
    pub fn reserve_hosts(&mut self, module: &mut Module) {
        let span = Span { file: crate::source::FileId(0), start: 0, end: 0 };
        for kind in 0..Site::FIRST_USER {
            module.sites.push(SiteData { kind, span });
        }
    }
    pub fn any_user(&self) -> bool {
        self.user
    }
}

impl Lower<'_> {
    pub fn site(&mut self, fault: Fault, span: Span) -> Site {
        self.sites.user = true;
        if let Some(&site) = self.sites.known.get(&(fault, span)) {
            return site;
        }
        let site = self.module.sites.push(SiteData { kind: fault as u32, span });
        self.sites.known.insert((fault, span), site);
        site
    }

    /// The block for `const:sites`.
    pub fn sites_data(&mut self) -> DataId {
        if let Some(block) = self.sites.block {
            return block;
        }
        let block = self.module.data.push(Vec::new());
        self.sites.block = Some(block);
        block
    }

    /// Writes the block, when every site is known.
    pub fn fill_sites(&mut self) {
        let Some(block) = self.sites.block else { return };
        let mut pool = Pool { bytes: vec![0; self.module.sites.len() * 12], known: HashMap::default() };
        let sites: Vec<SiteData> = self.module.sites.values().cloned().collect();
        for (i, site) in sites.iter().enumerate() {
            let (text, help) = TEXTS[site.kind as usize];
            let help = if help.is_empty() { 0 } else { pool.record(&[], &[help]) };
            let message = pool.record(&[help], &[text]);
            pool.put(i * 12, message);
            if i >= Site::FIRST_USER as usize {
                let (line, column) = self.place(site.span, &mut pool);
                pool.put(i * 12 + 4, line);
                pool.put(i * 12 + 8, column);
            }
        }
        self.module.data[block] = pool.bytes;
    }

    fn place(&self, span: Span, pool: &mut Pool) -> (u32, u32) {
        let file = self.sources.file(span.file);
        let at = file.position(span.start);
        let name = pool.record(&[], &[file.name()]);
        let line = pool.record(&[name], &[&at.line.to_string(), file.line(at.line)]);
        (line, at.column)
    }
}

/// A growing block of numbers and texts, equal records once.
struct Pool {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, u32>,
}

impl Pool {
    fn record(&mut self, numbers: &[u32], texts: &[&str]) -> u32 {
        let mut record: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        for text in texts {
            record.extend(text.bytes().filter(|&b| b != 0));
            record.push(0);
        }
        if let Some(&at) = self.known.get(&record) {
            return at;
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend(&record);
        self.known.insert(record, at);
        at
    }
    fn put(&mut self, at: usize, number: u32) {
        self.bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
}

impl FnCx<'_, '_> {
    /// Ends the program with this error if the condition holds.
    pub fn trap_if(&mut self, cond: Value, fault: Fault, span: Span) {
        let site = self.l.site(fault, span);
        self.effect(Op::TrapIf, Imm::Site(site), &[cond]);
    }
    /// The same with two ints for the message.
    pub fn trap_if_with(&mut self, cond: Value, a: Value, b: Value, fault: Fault, span: Span) {
        let site = self.l.site(fault, span);
        self.effect(Op::TrapIfWith, Imm::Site(site), &[cond, a, b]);
    }
    /// Ends the program with this error.
    pub fn trap(&mut self, fault: Fault, span: Span) {
        let always = self.b.bool(true);
        self.trap_if(always, fault, span);
        self.b.unreachable();
    }
    /// The site's number as an argument for prelude functions that can fail.
    pub fn site_arg(&mut self, fault: Fault, span: Span) -> Value {
        let site = self.l.site(fault, span);
        self.b.i32(site.0 as i32)
    }
}
