//! Reads the text form that `print` writes (its header shows the grammar); the input of filetests and of pasted dumps.
//!
//! Types, globals, functions and the numbers of data and sites may be used before they are declared; sites that are
//! skipped (`site s3 = 4` alone) are filled with kind 0. Value and label numbers are free names, unique in a
//! function. The first fault ends the reading, with its line. What is read is well formed only as far as the text is:
//! `verify` checks the rest.

use super::func::{Func, Inlining};
use super::module::{FuncId, GlobalData, GlobalId, Module, Site, SiteData};
use super::parse_body::Body;
use super::place::{Frame, FrameData, Place};
use super::print::NO_SPAN;
use super::token::{Token, tokens};
use super::types::{ArrayType, Field, Signature, Storage, StructType, Type, TypeDef, TypeId, TypeKind};
use super::{DataId, Id};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// What is wrong with a text, and in which 1-based line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    pub line: u32,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Reads a whole module.
pub fn parse(text: &str) -> Result<Module, ParseError> {
    let tokens = tokens(text).map_err(|(line, message)| ParseError { line, message })?;
    let mut p = Parser { tokens, at: 0, module: Module::default(), names: Names::default() };
    p.name_types()?;
    let bodies = p.declarations()?;
    for (func, at) in bodies {
        p.at = at;
        Body::parse(&mut p, func)?;
    }
    Ok(p.module)
}

/// What the names of a text stand for.
#[derive(Default)]
pub(super) struct Names {
    pub types: BTreeMap<String, TypeId>,
    pub globals: BTreeMap<String, GlobalId>,
    pub funcs: BTreeMap<String, FuncId>,
}

pub(super) struct Parser {
    tokens: Vec<(Token, u32)>,
    at: usize,
    pub module: Module,
    pub names: Names,
}

pub(super) type Parsed<T> = Result<T, ParseError>;

impl Parser {
    /// Gives every type its id, so that definitions may name later ones.
    fn name_types(&mut self) -> Parsed<()> {
        let mut depth = 0;
        while *self.peek() != Token::End {
            match self.next() {
                Token::Sign(b'{') => depth += 1,
                Token::Sign(b'}') => depth -= 1,
                Token::Word(w) if w == "type" && depth == 0 && *self.peek() == Token::Sign(b'$') => {
                    let name = self.sigil_name(b'$')?;
                    let kind = TypeKind::Struct(StructType { fields: Vec::new(), supertype: None, is_final: true });
                    let id = self.module.types.push(TypeDef { name: name.clone(), kind });
                    if self.names.types.insert(name.clone(), id).is_some() {
                        return self.error(format!("type ${name} is defined twice"));
                    }
                }
                _ => {}
            }
        }
        self.at = 0;
        Ok(())
    }

    /// Reads everything but the functions' bodies; gives the functions with the places of their parameters.
    fn declarations(&mut self) -> Parsed<Vec<(FuncId, usize)>> {
        let mut bodies = Vec::new();
        let mut roles = Vec::new();
        loop {
            let word = match self.next() {
                Token::End => break,
                Token::Word(word) => word,
                other => return self.error(format!("expected a declaration, found {}", describe(&other))),
            };
            match word.as_str() {
                "type" => self.type_definition()?,
                "global" => {
                    let name = self.sigil_name(b'%')?;
                    self.expect(b':')?;
                    let ty = self.ty()?;
                    let id = self.module.globals.push(GlobalData { name: name.clone(), ty });
                    if self.names.globals.insert(name.clone(), id).is_some() {
                        return self.error(format!("global %{name} is defined twice"));
                    }
                }
                "data" => {
                    let id = self.numbered("d")?;
                    self.expect(b'=')?;
                    let bytes = self.text()?;
                    if self.module.data.push(bytes) != DataId(id) {
                        return self.error(format!("data d{id} is out of order"));
                    }
                }
                "site" => self.site_definition()?,
                "func" => {
                    bodies.push(self.function_header()?);
                    self.skip_body()?;
                }
                "main" | "trap" => roles.push((word, self.sigil_name(b'@')?)),
                _ => return self.error(format!("`{word}` starts no declaration")),
            }
        }
        for (role, name) in roles {
            let func = self.func_named(&name)?;
            match role.as_str() {
                "main" => self.module.main = Some(func),
                _ => self.module.trap = Some(func),
            }
        }
        Ok(bodies)
    }

    fn type_definition(&mut self) -> Parsed<()> {
        let name = self.sigil_name(b'$')?;
        let id = self.names.types[&name];
        self.expect(b'=')?;
        let (mut is_final, mut supertype) = (false, None);
        let kind = loop {
            match self.word()?.as_str() {
                "final" => is_final = true,
                "sub" => supertype = Some(self.type_name()?),
                "array" => break TypeKind::Array(ArrayType { element: self.storage()? }),
                "func" => {
                    let mut params = Vec::new();
                    self.list(b'(', b')', |p| {
                        params.push(p.ty()?);
                        Ok(())
                    })?;
                    break TypeKind::Func(Signature { params, result: self.result()? });
                }
                "struct" => {
                    let mut fields = Vec::new();
                    self.list(b'{', b'}', |p| {
                        let mutable = *p.peek() == Token::Word("mut".to_string()) && *p.peek_second() != Token::Sign(b':');
                        if mutable {
                            p.next();
                        }
                        let name = p.name()?;
                        p.expect(b':')?;
                        fields.push(Field { name, storage: p.storage()?, mutable });
                        Ok(())
                    })?;
                    break TypeKind::Struct(StructType { fields, supertype, is_final });
                }
                other => return self.error(format!("`{other}` starts no type")),
            }
        };
        self.module.types[id].kind = kind;
        Ok(())
    }

    fn site_definition(&mut self) -> Parsed<()> {
        let id = self.numbered("s")?;
        self.expect(b'=')?;
        let kind = self.word()?;
        let Ok(kind) = kind.parse() else { return self.error(format!("`{kind}` is no site kind")) };
        let span = self.span()?;
        if (id as usize) < self.module.sites.len() || id > 1_000_000 {
            return self.error(format!("site s{id} is out of order"));
        }
        while self.module.sites.len() < id as usize {
            self.module.sites.push(SiteData { kind: 0, span: NO_SPAN });
        }
        self.module.sites.push(SiteData { kind, span });
        Ok(())
    }

    /// Reads up to the body. The place given back is that of the parameters: the body needs their numbers and names.
    fn function_header(&mut self) -> Parsed<(FuncId, usize)> {
        let name = self.sigil_name(b'@')?;
        let mut params = Vec::new();
        let start = self.at;
        self.list(b'(', b')', |p| {
            params.push(p.definition()?.1);
            Ok(())
        })?;
        let types: Option<Vec<Type>> = params.into_iter().collect();
        let Some(types) = types else { return self.error("a parameter needs a type".to_string()) };
        let result = self.result()?;
        let mut func = Func::new(name.clone(), &types, result, NO_SPAN);
        loop {
            match self.peek() {
                Token::Word(w) if w == "inline" => func.inlining = Inlining::Always,
                Token::Word(w) if w == "noinline" => func.inlining = Inlining::Never,
                Token::Word(w) if w == "diverges" => func.diverges = true,
                _ => break,
            }
            self.next();
        }
        func.span = self.span()?;
        while *self.peek() == Token::Word("frame".to_string()) {
            self.next();
            self.numbered("f")?;
            let (name, span) = (self.name()?.into_boxed_str(), self.span()?);
            let call = self.place()?;
            func.frames.push(FrameData { name, span, call: call.span, outer: call.frame });
        }
        let id = self.module.funcs.push(func);
        if self.names.funcs.insert(name.clone(), id).is_some() {
            return self.error(format!("function @{name} is defined twice"));
        }
        Ok((id, start))
    }

    fn skip_body(&mut self) -> Parsed<()> {
        self.expect(b'{')?;
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Token::Sign(b'{') => depth += 1,
                Token::Sign(b'}') => depth -= 1,
                Token::End => return self.error("unfinished function".to_string()),
                _ => {}
            }
        }
        Ok(())
    }

    // Tokens.

    pub fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn peek_second(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].0
    }

    pub fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    pub fn unread(&mut self) {
        self.at -= 1;
    }

    /// Whether a use of a value comes next, and not the definition that starts the next instruction.
    pub fn peeks_operand(&self) -> bool {
        let used = |w: &String| w.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok());
        let defines = matches!(self.peek_second(), Token::Sign(b'=' | b':') | Token::Text(_));
        matches!(self.peek(), Token::Word(w) if used(w)) && !defines
    }

    /// An error at the token read last.
    pub fn error<T>(&self, message: String) -> Parsed<T> {
        Err(ParseError { line: self.tokens[self.at.saturating_sub(1)].1, message })
    }

    pub fn accept(&mut self, sign: u8) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    pub fn expect(&mut self, sign: u8) -> Parsed<()> {
        match self.next() {
            Token::Sign(s) if s == sign => Ok(()),
            other => self.error(format!("expected `{}`, found {}", sign as char, describe(&other))),
        }
    }

    pub fn word(&mut self) -> Parsed<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            other => self.error(format!("expected a word, found {}", describe(&other))),
        }
    }

    fn text(&mut self) -> Parsed<Vec<u8>> {
        match self.next() {
            Token::Text(bytes) => Ok(bytes),
            other => self.error(format!("expected a string, found {}", describe(&other))),
        }
    }

    /// A plain or quoted name.
    pub fn name(&mut self) -> Parsed<String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            Token::Text(bytes) => String::from_utf8(bytes).or_else(|_| self.error("a name is UTF-8".to_string())),
            other => self.error(format!("expected a name, found {}", describe(&other))),
        }
    }

    pub fn sigil_name(&mut self, sigil: u8) -> Parsed<String> {
        self.expect(sigil)?;
        self.name()
    }

    /// The number of a word like `v12`.
    pub fn numbered(&mut self, prefix: &str) -> Parsed<u32> {
        let word = self.word()?;
        match word.strip_prefix(prefix).and_then(|digits| digits.parse().ok()) {
            Some(number) => Ok(number),
            None => self.error(format!("expected `{prefix}` and a number, found `{word}`")),
        }
    }

    /// Items between brackets, separated by commas.
    pub fn list(&mut self, open: u8, close: u8, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.expect(open)?;
        if self.accept(close) {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.accept(b',') {
                return self.expect(close);
            }
        }
    }

    // Names and types.

    pub fn type_name(&mut self) -> Parsed<TypeId> {
        let name = self.sigil_name(b'$')?;
        match self.names.types.get(&name) {
            Some(&id) => Ok(id),
            None => self.error(format!("type ${name} is not defined")),
        }
    }

    pub fn func_named(&mut self, name: &str) -> Parsed<FuncId> {
        match self.names.funcs.get(name) {
            Some(&id) => Ok(id),
            None => self.error(format!("function @{name} is not defined")),
        }
    }

    pub fn global_name(&mut self) -> Parsed<GlobalId> {
        let name = self.sigil_name(b'%')?;
        match self.names.globals.get(&name) {
            Some(&id) => Ok(id),
            None => self.error(format!("global %{name} is not defined")),
        }
    }

    pub fn ty(&mut self) -> Parsed<Type> {
        Ok(match self.word()?.as_str() {
            "bool" => Type::Bool,
            "i32" => Type::I32,
            "i64" => Type::I64,
            "f64" => Type::F64,
            "any" => Type::Any,
            "func" => Type::Func(self.type_name()?),
            "ref" => {
                let nullable = *self.peek() == Token::Word("null".to_string());
                if nullable {
                    self.next();
                }
                Type::Ref { to: self.type_name()?, nullable }
            }
            other => return self.error(format!("`{other}` is no type")),
        })
    }

    fn storage(&mut self) -> Parsed<Storage> {
        let packed = match self.peek() {
            Token::Word(w) if w == "i8" => Storage::I8,
            Token::Word(w) if w == "i16" => Storage::I16,
            _ => return Ok(Storage::Value(self.ty()?)),
        };
        self.next();
        Ok(packed)
    }

    /// `-> type`, or nothing.
    fn result(&mut self) -> Parsed<Option<Type>> {
        match self.peek() {
            Token::Arrow => {
                self.next();
                Ok(Some(self.ty()?))
            }
            _ => Ok(None),
        }
    }

    /// `v3`, `v3: i64`, `v3 "name"`, `v3: i64 "name"`.
    pub fn definition(&mut self) -> Parsed<(u32, Option<Type>, Option<Box<str>>)> {
        let number = self.numbered("v")?;
        let ty = if self.accept(b':') { Some(self.ty()?) } else { None };
        let name = match self.peek() {
            Token::Text(_) => Some(self.name()?.into_boxed_str()),
            _ => None,
        };
        Ok((number, ty, name))
    }

    /// `!file:start:end`, or nothing for the default span.
    pub fn span(&mut self) -> Parsed<Span> {
        if !self.accept(b'!') {
            return Ok(NO_SPAN);
        }
        let mut parts = [0u32; 3];
        for (i, part) in parts.iter_mut().enumerate() {
            if i > 0 {
                self.expect(b':')?;
            }
            let word = self.word()?;
            let Ok(number) = word.parse() else { return self.error(format!("`{word}` is no offset")) };
            *part = number;
        }
        match parts[1] <= parts[2] {
            true => Ok(Span::new(FileId(parts[0]), parts[1], parts[2])),
            false => self.error("a span ends before it starts".to_string()),
        }
    }

    /// A span, and the inlined call that it belongs to: `!0:12:15 in f2`.
    pub fn place(&mut self) -> Parsed<Place> {
        let span = self.span()?;
        if *self.peek() != Token::Word("in".to_string()) {
            return Ok(span.into());
        }
        self.next();
        Ok(Place { span, frame: Some(Frame(self.numbered("f")?)) })
    }

    pub fn field_named(&mut self, ty: TypeId, name: &str) -> Parsed<u32> {
        let TypeKind::Struct(s) = &self.module.types[ty].kind else {
            return self.error(format!("type {} is no struct", ty.index()));
        };
        match s.fields.iter().position(|f| f.name == name) {
            Some(index) => Ok(index as u32),
            None => self.error(format!("no field {name} in ${}", self.module.types[ty].name)),
        }
    }

    pub fn site(&mut self) -> Parsed<Site> {
        Ok(Site(self.numbered("s")?))
    }
}

pub(super) fn describe(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("`{word}`"),
        Token::Text(_) => "a string".to_string(),
        Token::Sign(sign) => format!("`{}`", *sign as char),
        Token::Arrow => "`->`".to_string(),
        Token::End => "the end of the text".to_string(),
    }
}
