//! The second half of `parse`: parameters and body of one function.

use super::func::{Args, Func, Imm, Inst, InstData, InstKind, Region, RegionData, Value};
use super::host::Host;
use super::module::{DataId, FuncId};
use super::ops::{ImmKind, Op, Shape};
use super::parse::{Parsed, Parser, describe};
use super::print::{NO_SPAN, derived_type};
use super::token::Token;
use super::types::{Type, TypeKind};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// `v3: i64 "name"`: number, type, name.
type Definition = (u32, Option<Type>, Option<Box<str>>);

pub(super) struct Body<'a> {
    p: &'a mut Parser,
    func: Func,
    values: BTreeMap<u32, Value>,
    labels: BTreeMap<u32, Inst>,
}

impl<'a> Body<'a> {
    /// Reads a function from its parameters on and puts it into the module.
    pub fn parse(p: &'a mut Parser, id: FuncId) -> Parsed<()> {
        let func = p.module.funcs[id].clone();
        let mut body = Body { p, func, values: BTreeMap::new(), labels: BTreeMap::new() };
        let mut params = Vec::new();
        body.p.list(b'(', b')', |p| {
            params.push(p.definition()?);
            Ok(())
        })?;
        for (i, (number, _, name)) in params.into_iter().enumerate() {
            let value = body.func.params()[i];
            body.func.values[value].name = name;
            body.bind(number, value)?;
        }
        while *body.p.peek() != Token::Sign(b'{') {
            body.p.next();
        }
        body.region(body.func.body)?;
        let func = body.func;
        p.module.funcs[id] = func;
        Ok(())
    }

    fn bind(&mut self, number: u32, value: Value) -> Parsed<()> {
        match self.values.insert(number, value) {
            None => Ok(()),
            Some(_) => self.p.error(format!("v{number} is defined twice")),
        }
    }

    fn define(&mut self, definition: Definition, derived: Option<Type>) -> Parsed<Value> {
        let (number, ty, name) = definition;
        let Some(ty) = ty.or(derived) else { return self.p.error(format!("v{number} needs a type")) };
        let value = self.func.value(ty);
        self.func.values[value].name = name;
        self.bind(number, value)?;
        Ok(value)
    }

    fn operand(&mut self) -> Parsed<Value> {
        let number = self.p.numbered("v")?;
        match self.values.get(&number) {
            Some(&value) => Ok(value),
            None => self.p.error(format!("v{number} is not defined")),
        }
    }

    fn region(&mut self, region: Region) -> Parsed<()> {
        self.p.expect(b'{')?;
        while !self.p.accept(b'}') {
            let inst = self.inst()?;
            self.func.regions[region].insts.push(inst);
        }
        Ok(())
    }

    fn new_region(&mut self, params: Vec<Value>) -> Region {
        self.func.regions.push(RegionData { params, insts: Vec::new() })
    }

    fn inst(&mut self) -> Parsed<Inst> {
        // A construct's label must be known before its regions are read, so the instruction is made first.
        let inst = self.func.insts.push(InstData { kind: InstKind::Unreachable, results: SmallVec::new(), at: NO_SPAN.into() });
        let mut word = self.p.word()?;
        if let Some(number) = number_of(&word, "L") {
            self.p.expect(b':')?;
            if self.labels.insert(number, inst).is_some() {
                return self.p.error(format!("L{number} is defined twice"));
            }
            word = self.p.word()?;
        }
        let mut results = Vec::new();
        if number_of(&word, "v").is_some() {
            results = self.results(&word)?;
            word = self.p.word()?;
        }
        match word.as_str() {
            "block" | "loop" | "if" | "switch" => self.construct(inst, &word, results)?,
            _ => {
                let kind = self.plain(&word)?;
                let derived = self.derived(&kind)?;
                self.func.insts[inst].kind = kind;
                self.set_results(inst, results, derived)?;
                self.func.insts[inst].at = self.p.place()?;
            }
        }
        Ok(inst)
    }

    /// The rest of `v1: i64, v2 "x" =`, whose first word has been read.
    fn results(&mut self, first: &str) -> Parsed<Vec<Definition>> {
        self.p.unread();
        debug_assert!(number_of(first, "v").is_some());
        let mut results = Vec::new();
        loop {
            results.push(self.p.definition()?);
            if !self.p.accept(b',') {
                self.p.expect(b'=')?;
                return Ok(results);
            }
        }
    }

    fn set_results(&mut self, inst: Inst, results: Vec<Definition>, derived: Option<Type>) -> Parsed<()> {
        for definition in results {
            let value = self.define(definition, derived)?;
            self.func.insts[inst].results.push(value);
        }
        Ok(())
    }

    /// The type that the result has if the text does not say; an error where the type of the immediate does not fit the op.
    fn derived(&mut self, kind: &InstKind) -> Parsed<Option<Type>> {
        if let InstKind::Op { op, imm, args } = kind {
            if args.len() < op.operands().len() && !op.operands().contains(&Shape::Es) {
                return self.p.error(format!("{} has {} operands", op.mnemonic(), op.operands().len()));
            }
            let types = &self.p.module.types;
            let fits = match (op.result(), imm) {
                (Shape::E, Imm::Type(t)) => matches!(types[*t].kind, TypeKind::Array(_)),
                (Shape::NonNullR, _) => self.func.ty(args[0]).is_ref(),
                (Shape::F, Imm::Func(f)) => {
                    let signature = self.p.module.signature(*f);
                    types.values().any(|def| matches!(&def.kind, TypeKind::Func(s) if *s == signature))
                }
                _ => true,
            };
            if !fits {
                return self.p.error(format!("the immediate or operand does not fit {}", op.mnemonic()));
            }
        }
        if let InstKind::CallIndirect { sig, .. } = kind
            && !matches!(self.p.module.types[*sig].kind, TypeKind::Func(_))
        {
            return self.p.error("call_indirect needs a function type".to_string());
        }
        Ok(derived_type(&self.p.module, &self.func, kind))
    }

    fn construct(&mut self, inst: Inst, word: &str, results: Vec<Definition>) -> Parsed<()> {
        match word {
            "block" => {
                self.header_end(inst, results)?;
                let body = self.new_region(Vec::new());
                self.func.insts[inst].kind = InstKind::Block { body };
                self.region(body)
            }
            "loop" => {
                let (mut params, mut init) = (Vec::new(), Args::new());
                if *self.p.peek() == Token::Sign(b'(') {
                    let mut definitions = Vec::new();
                    self.p.list(b'(', b')', |p| {
                        let definition = p.definition()?;
                        p.expect(b'=')?;
                        definitions.push((definition, p.numbered("v")?));
                        Ok(())
                    })?;
                    for (_, start) in &definitions {
                        let Some(&value) = self.values.get(start) else {
                            return self.p.error(format!("v{start} is not defined"));
                        };
                        init.push(value);
                    }
                    for (i, (definition, _)) in definitions.into_iter().enumerate() {
                        let ty = self.func.ty(init[i]);
                        params.push(self.define(definition, Some(ty))?);
                    }
                }
                self.header_end(inst, results)?;
                let body = self.new_region(params);
                self.func.insts[inst].kind = InstKind::Loop { init, body };
                self.region(body)
            }
            "if" => {
                let cond = self.operand()?;
                self.header_end(inst, results)?;
                let (then_, else_) = (self.new_region(Vec::new()), self.new_region(Vec::new()));
                self.func.insts[inst].kind = InstKind::If { cond, then_, else_ };
                self.region(then_)?;
                self.keyword("else")?;
                self.region(else_)
            }
            _ => {
                let index = self.operand()?;
                self.header_end(inst, results)?;
                self.switch(inst, index)
            }
        }
    }

    fn switch(&mut self, inst: Inst, index: Value) -> Parsed<()> {
        self.p.expect(b'{')?;
        let mut cases = Vec::new();
        loop {
            let region = self.new_region(Vec::new());
            match self.p.word()?.as_str() {
                "case" => {
                    let number = self.p.word()?;
                    if number != cases.len().to_string() {
                        return self.p.error(format!("expected case {}, found {number}", cases.len()));
                    }
                    self.func.insts[inst].kind = InstKind::Switch { index, cases: cases.clone(), default: region };
                    self.region(region)?;
                    cases.push(region);
                }
                "default" => {
                    self.func.insts[inst].kind = InstKind::Switch { index, cases, default: region };
                    self.region(region)?;
                    return self.p.expect(b'}');
                }
                other => return self.p.error(format!("expected `case` or `default`, found `{other}`")),
            }
        }
    }

    fn header_end(&mut self, inst: Inst, results: Vec<Definition>) -> Parsed<()> {
        self.set_results(inst, results, None)?;
        self.func.insts[inst].at = self.p.place()?;
        Ok(())
    }

    fn keyword(&mut self, keyword: &str) -> Parsed<()> {
        match self.p.next() {
            Token::Word(word) if word == keyword => Ok(()),
            other => self.p.error(format!("expected `{keyword}`, found {}", describe(&other))),
        }
    }

    /// An instruction without regions, after its first word.
    fn plain(&mut self, word: &str) -> Parsed<InstKind> {
        Ok(match word {
            "call" => {
                let name = self.p.sigil_name(b'@')?;
                let func = self.p.func_named(&name)?;
                InstKind::Call { func, args: self.bracketed()? }
            }
            "call_indirect" => {
                let sig = self.p.type_name()?;
                let callee = self.operand()?;
                InstKind::CallIndirect { sig, callee, args: self.bracketed()? }
            }
            "call_host" => {
                let name = self.p.word()?;
                let Some(host) = Host::from_name(&name) else {
                    return self.p.error(format!("no host function `{name}`"));
                };
                InstKind::CallHost { host, args: self.bracketed()? }
            }
            "br" => {
                let label = self.p.numbered("L")?;
                let Some(&target) = self.labels.get(&label) else {
                    return self.p.error(format!("L{label} is not defined"));
                };
                let args = if *self.p.peek() == Token::Sign(b'(') { self.bracketed()? } else { Args::new() };
                InstKind::Br { target, args }
            }
            "return" => InstKind::Return { args: self.operands()? },
            "unreachable" => InstKind::Unreachable,
            _ => {
                let Some(op) = Op::from_mnemonic(word) else {
                    return self.p.error(format!("`{word}` is no instruction"));
                };
                let imm = self.imm(op)?;
                InstKind::Op { op, imm, args: self.operands()? }
            }
        })
    }

    fn bracketed(&mut self) -> Parsed<Args> {
        let mut numbers = Vec::new();
        self.p.list(b'(', b')', |p| {
            numbers.push(p.numbered("v")?);
            Ok(())
        })?;
        let mut args = Args::new();
        for number in numbers {
            match self.values.get(&number) {
                Some(&value) => args.push(value),
                None => return self.p.error(format!("v{number} is not defined")),
            }
        }
        Ok(args)
    }

    /// `v1, v2`, or nothing: a word `vN` that does not start the next line's definition.
    fn operands(&mut self) -> Parsed<Args> {
        let mut args = Args::new();
        if self.p.peeks_operand() {
            args.push(self.operand()?);
            while self.p.accept(b',') {
                args.push(self.operand()?);
            }
        }
        Ok(args)
    }

    fn imm(&mut self, op: Op) -> Parsed<Imm> {
        Ok(match op.imm() {
            ImmKind::None => Imm::None,
            ImmKind::Bool => match self.p.word()?.as_str() {
                "true" => Imm::Bool(true),
                "false" => Imm::Bool(false),
                other => return self.p.error(format!("`{other}` is no bool")),
            },
            ImmKind::I32 => Imm::I32(self.number("i32")?),
            ImmKind::I64 => Imm::I64(self.number("i64")?),
            ImmKind::F64 => Imm::F64(self.float()?),
            ImmKind::Type => Imm::Type(self.p.type_name()?),
            ImmKind::Field => {
                let ty = self.p.type_name()?;
                self.p.expect(b':')?;
                let name = self.p.name()?;
                Imm::Field(ty, self.p.field_named(ty, &name)?)
            }
            ImmKind::Data => Imm::Data(self.p.type_name()?, DataId(self.p.numbered("d")?)),
            ImmKind::Global => Imm::Global(self.p.global_name()?),
            ImmKind::Func => {
                let name = self.p.sigil_name(b'@')?;
                Imm::Func(self.p.func_named(&name)?)
            }
            ImmKind::Site => Imm::Site(self.p.site()?),
        })
    }

    fn number<T: std::str::FromStr>(&mut self, ty: &str) -> Parsed<T> {
        let word = self.p.word()?;
        word.parse().or_else(|_| self.p.error(format!("`{word}` is no {ty}")))
    }

    /// The bits of `1.5`, `-inf`, `nan` or `0x7ff8000000000001`.
    fn float(&mut self) -> Parsed<u64> {
        let word = self.p.word()?;
        let bits = match word.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None if word == "nan" => Some(0x7ff8_0000_0000_0000),
            None => word.parse::<f64>().ok().filter(|f| !f.is_nan()).map(f64::to_bits),
        };
        bits.map_or_else(|| self.p.error(format!("`{word}` is no f64")), Ok)
    }
}

fn number_of(word: &str, prefix: &str) -> Option<u32> {
    word.strip_prefix(prefix)?.parse().ok()
}
