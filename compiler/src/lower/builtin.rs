//! The builtin functions: each row of `hir::Builtin` as prelude functions on the forms that its arguments have.

use super::arith::Typed;
use super::derive::Form;
use super::function::FnCx;
use super::ownership::Use;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::builtin::Builtin;
use crate::hir::tree::Expr;
use crate::ir::{Op, Value};
use crate::source::Span;
use crate::types::{DataId, Ty, TyKind};

/// A line's constant end that fits standard output's buffer for sure.
const LONGEST_END: usize = 4096;

impl FnCx<'_, '_> {
    pub fn builtin(&mut self, builtin: Builtin, args: &[Expr], e: &Expr, ty: Ty) -> Value {
        if builtin == Builtin::Print {
            return self.print(args, e.at());
        }
        let mut given = Vec::new();
        for arg in args {
            let ty = self.ty(arg.id);
            given.push((self.expr(arg), ty));
        }
        self.b.span = e.at();
        if let (Builtin::Append | Builtin::Push, [list, value]) = (builtin, &given[..])
            && list.1 == ty
            && self.l.ownership.of_use(args[0].id) != Use::Borrow
            // A variant that is never made has fields of no type.
            && let Some(element) = self.l.list_element(ty)
        {
            return self.append_to_own(list.0, element, *value);
        }
        if let (Builtin::Concat, [first, second, more @ ..]) = (builtin, &given[..])
            && let Some(element) = self.l.list_element(ty)
            && given.iter().all(|&(_, from)| from == ty)
        {
            let made = self.concat(&args[0], (first.0, second.0), element);
            more.iter().for_each(|&(list, _)| {
                self.call_prelude("list_extend", &[element], &[made, list]);
            });
            return made;
        }
        if let (Builtin::Slice, [list, from, to]) = (builtin, &given[..]) {
            let (start, end) = (self.as_index(*from, e.at()), self.as_index(*to, e.at()));
            let own = self.l.ownership.of_use(args[0].id) != Use::Borrow;
            return self.slice_of(*list, own, start, end, ty, e.at());
        }
        self.builtin_values(builtin, &given, ty, e.at())
    }
    /// `append` where nobody else has the list, unless it is marked as shared.
    fn append_to_own(&mut self, list: Value, element: Ty, (v, b): Typed) -> Value {
        let v = self.coerce(v, b, element);
        self.call_prelude("list_append_own", &[element], &[list, v])
    }

    /// A builtin on evaluated arguments.
    pub fn builtin_values(&mut self, builtin: Builtin, args: &[Typed], ty: Ty, at: Span) -> Value {
        use Builtin::*;
        let int = self.l.intern(TyKind::Int);
        let bool = self.l.intern(TyKind::Bool);
        let string = self.l.string_ty();
        match builtin {
            Print => unreachable!("print takes its arguments one by one"),
            Len | Count => {
                let value = self.length(args[0], at);
                self.coerce(value, int, ty)
            }
            Str => {
                let value = self.string_of(Form::Str, args[0]);
                self.coerce(value, string, ty)
            }
            Append | Push => self.append(args[0], args[1], ty, at),
            Substring | Substr => {
                let (start, end) = (self.as_index(args[1], at), self.as_index(args[2], at));
                let text = self.as_text(args[0]);
                let value = self.call_prelude("string_slice", &[], &[text, start, end]);
                self.coerce(value, string, ty)
            }
            Slice => {
                let (start, end) = (self.as_index(args[1], at), self.as_index(args[2], at));
                self.slice_of(args[0], false, start, end, ty, at)
            }
            Input => {
                let value = self.call_prelude("input_line", &[], &[]);
                self.coerce(value, string, ty)
            }
            Int => self.cast_int(args[0], ty, at),
            Float => self.cast_float(args[0], ty, at),
            Sum | Avg | Min | Max => self.aggregate(builtin, args[0], ty, at),
            Exists => {
                let value = self.length(args[0], at);
                let zero = self.b.i64(0);
                let value = self.plain(Op::I64LtS, &[zero, value]);
                self.coerce(value, bool, ty)
            }
            Json => {
                let out = self.call_prelude("out", &[], &[]);
                if self.json_can_fail(args[0].1) {
                    // Nothing is printed of what has no JSON.
                    let text = self.string_of(Form::Json, args[0]);
                    self.check_json(args[0].1, at);
                    self.call_prelude("text_string", &[], &[out, text]);
                } else {
                    let indent = self.b.i32(0);
                    self.text(Form::Json, args[0], out, Some(indent));
                }
                self.call_prelude("out_line", &[], &[out]);
                self.none_as(ty)
            }
            ToJson => {
                let value = self.string_of(Form::Json, args[0]);
                self.check_json(args[0].1, at);
                self.coerce(value, string, ty)
            }
            Panic | Error => {
                let message = self.string_of(Form::Str, args[0]);
                let site = self.site_arg(Fault::Message, at);
                self.call_prelude("raise", &[], &[site, message]);
                self.default_value(ty)
            }
            Now => {
                let value = self.call_prelude("now", &[], &[]);
                self.coerce(value, int, ty)
            }
            Mem => {
                let value = self.b.call_host(crate::ir::Host::MemoryUsed, &[]).expect("a number");
                self.coerce(value, int, ty)
            }
            Join | Lower | Upper | PadStart | Split | Trim | IndexOf | Contains | StartsWith | Repeat | ParseIntStr | Sha256 => {
                self.text_builtin(builtin, args, ty, at)
            }
            Distinct | Concat | First | Reverse | Range | Reduce | Collect => self.list_builtin(builtin, args, ty, at),
            Keys | Values | Get => self.map_builtin(builtin, args, ty, at),
            Abs | Ceil | Floor | Round | Pow | Num | Denom => self.number_builtin(builtin, args, ty, at),
            Eval => unreachable!("eval is refused earlier"),
        }
    }

    /// `print`: texts joined by blanks; three arguments or more are trimmed as one line.
    fn print(&mut self, args: &[Expr], at: Span) -> Value {
        // Arguments are evaluated first: one of them may print, too.
        let mut values: Vec<Option<Typed>> = Vec::new();
        for arg in args {
            match Self::literal_text(arg) {
                Some(_) => values.push(None),
                None => {
                    let ty = self.ty(arg.id);
                    values.push(Some((self.expr(arg), ty)));
                }
            }
        }
        self.b.span = at;
        let trims = args.len() > 2;
        let out = if trims {
            let capacity = self.b.i32(64);
            self.call_prelude("text_new", &[], &[capacity])
        } else {
            self.call_prelude("out", &[], &[])
        };
        let mut pending = String::new();
        for (i, (arg, value)) in args.iter().zip(values).enumerate() {
            if i > 0 {
                pending.push(' ');
            }
            match value {
                None => pending.push_str(Self::literal_text(arg).expect("a literal")),
                Some(value) => {
                    self.flush_piece(&mut pending, out);
                    self.text(Form::Print, value, out, None);
                }
            }
        }
        if !trims && !pending.is_empty() && pending.len() < LONGEST_END {
            pending.push('\n');
            let bytes = self.constant_bytes(&pending);
            self.call_prelude("out_end", &[], &[out, bytes]);
            return self.none();
        }
        self.flush_piece(&mut pending, out);
        if trims {
            self.call_prelude("print_trimmed", &[], &[out]);
        } else {
            self.call_prelude("out_line", &[], &[out]);
        }
        self.none()
    }
    fn flush_piece(&mut self, pending: &mut String, out: Value) {
        match pending.as_str() {
            "" => {}
            " " => {
                let blank = self.b.i32(32);
                self.call_prelude("text_byte", &[], &[out, blank]);
            }
            piece => {
                self.text_piece(piece, out);
            }
        }
        pending.clear();
    }

    /// A value as a string: itself, or its `str`.
    pub fn as_text(&mut self, (value, ty): Typed) -> Value {
        self.string_of(Form::Str, (value, ty))
    }

    fn append(&mut self, list: Typed, (v, b): Typed, ty: Ty, at: Span) -> Value {
        let to = self.l.facts.tys.alternatives(ty).into_iter().find_map(|ty| self.l.list_element(ty));
        let Some(element) = to else {
            self.trap(Fault::AppendOperand, at);
            return self.default_value(ty);
        };
        let xs = self.as_list(list, element, Fault::AppendOperand, at);
        let v = self.coerce(v, b, element);
        let made = self.call_prelude("list_append", &[element], &[xs, v]);
        let have = self.l.facts.list(element);
        self.coerce(made, have, ty)
    }

    fn text_builtin(&mut self, builtin: Builtin, args: &[Typed], ty: Ty, at: Span) -> Value {
        use Builtin::*;
        let int = self.l.intern(TyKind::Int);
        let bool = self.l.intern(TyKind::Bool);
        let string = self.l.string_ty();
        let strings = self.l.facts.list(string);
        let ints = self.l.facts.list(int);
        let (value, have) = match builtin {
            Join => {
                let list = self.as_text_list(args[0], at);
                let by = self.as_text(args[1]);
                (self.call_prelude("string_join", &[], &[list, by]), string)
            }
            Lower | Upper | Trim => {
                let text = self.as_text(args[0]);
                let name = match builtin {
                    Lower => "string_lower",
                    Upper => "string_upper",
                    _ => "string_trim",
                };
                (self.call_prelude(name, &[], &[text]), string)
            }
            PadStart => {
                let (text, pad) = (self.as_text(args[0]), self.as_text(args[2]));
                let width = self.as_index(args[1], at);
                (self.call_prelude("string_pad_start", &[], &[text, width, pad]), string)
            }
            Split => {
                let (text, by) = (self.as_text(args[0]), self.as_text(args[1]));
                (self.call_prelude("string_split", &[], &[text, by]), strings)
            }
            StartsWith => {
                let (text, by) = (self.as_text(args[0]), self.as_text(args[1]));
                (self.call_prelude("string_starts_with", &[], &[text, by]), bool)
            }
            Repeat => {
                let text = self.as_text(args[0]);
                let times = self.as_index(args[1], at);
                (self.call_prelude("string_repeat", &[], &[text, times]), string)
            }
            IndexOf => (self.index_of_value(args[0], args[1], at), int),
            Contains => (self.membership(args[1], args[0], at), bool),
            ParseIntStr => {
                let text = self.as_text(args[0]);
                let base = match args.get(1) {
                    Some(&base) => self.as_index(base, at),
                    None => self.b.i64(10),
                };
                let site = self.site_arg(Fault::Cast, at);
                (self.call_prelude("parse_int_str", &[], &[text, base, site]), int)
            }
            _ => {
                let nil = self.l.intern(TyKind::None);
                let none = &mut |cx: &mut Self| {
                    let text = cx.none_as(nil);
                    let text = cx.as_text((text, nil));
                    let value = cx.call_prelude("sha256_string", &[], &[text]);
                    cx.coerce_list((value, ints), ty)
                };
                return self.each_kind(args[0], ty, none, &mut |cx, x, a| {
                    let (name, bytes) = match cx.l.list_element(a) {
                        Some(_) => ("sha256_ints", cx.convert_cast_ints((x, a), at)),
                        None => ("sha256_string", cx.as_text((x, a))),
                    };
                    let value = cx.call_prelude(name, &[], &[bytes]);
                    cx.coerce_list((value, ints), ty)
                });
            }
        };
        if have == strings || have == ints { self.coerce_list((value, have), ty) } else { self.coerce(value, have, ty) }
    }
    fn convert_cast_ints(&mut self, list: Typed, at: Span) -> Value {
        let int = self.l.intern(TyKind::Int);
        self.map_list(list, int, "ints", &mut |cx, item| cx.as_index(item, at))
    }
    fn as_text_list(&mut self, list: Typed, at: Span) -> Value {
        let string = self.l.string_ty();
        let list = self.plain_list(list, at);
        self.map_list(list, string, "texts", &mut |cx, item| cx.as_text(item))
    }
    /// The list among a value's alternatives; none is empty.
    pub fn plain_list(&mut self, (value, from): Typed, at: Span) -> Typed {
        if self.l.list_element(from).is_some() {
            return (value, from);
        }
        if self.l.is_data(from, self.l.facts.known.group) {
            return self.group_items(value, from);
        }
        let known = self.l.facts.known;
        let of =
            self.l.facts.tys.alternatives(from).into_iter().filter(|&ty| self.l.is_data(ty, known.list) || self.l.is_data(ty, known.group));
        let items: Vec<Ty> = of.collect::<Vec<_>>().into_iter().filter_map(|ty| self.item_ty(ty)).collect();
        let element = self.l.facts.tys.any_of(&items);
        let list = self.as_list((value, from), element, Fault::Iterator, at);
        (list, self.l.facts.list(element))
    }
    /// A list of what `f` gives for each element; the list itself if it has that type already.
    pub fn map_list(
        &mut self,
        (list, from): Typed,
        element: Ty,
        name: &str,
        f: &mut dyn FnMut(&mut FnCx<'_, '_>, Typed) -> Value,
    ) -> Value {
        let item = self.l.list_element(from).expect("a list");
        let to = self.l.facts.list(element);
        if from == to {
            return list;
        }
        let at = self.b.span;
        let key = format!("{name}.{}.{}.{:?}", from.0, element.0, (at.file.0, at.start));
        self.outline(&key, name, &[(list, from)], to, |cx, args| {
            let len = cx.read(args[0], from, "len");
            let made = cx.call_prelude("list_new", &[element], &[len]);
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                let value = cx.element((args[0], from), i);
                let value = f(cx, (value, item));
                cx.call_prelude("list_push", &[element], &[made, value]);
            });
            made
        })
    }
    /// `indexOf`: in a string or a list.
    fn index_of_value(&mut self, within: Typed, what: Typed, at: Span) -> Value {
        let int = self.l.intern(TyKind::Int);
        self.dispatch(within.0, within.1, int, &mut |cx, x, a| {
            if cx.l.list_element(a).is_some() {
                let place = cx.position(what, (x, a));
                return cx.plain(Op::I32ExtendS, &[place]);
            }
            if cx.l.is_string(a) {
                let text = cx.as_text(what);
                return cx.call_prelude("string_index_of", &[], &[x, text]);
            }
            cx.trap(Fault::Argument, at);
            cx.b.i64(-1)
        })
    }

    fn list_builtin(&mut self, builtin: Builtin, args: &[Typed], ty: Ty, at: Span) -> Value {
        use Builtin::*;
        match builtin {
            Concat => {
                let to = self.l.facts.tys.alternatives(ty).into_iter().find_map(|ty| self.l.list_element(ty));
                let Some(element) = to else { return self.none_as(ty) };
                let made = self.empty_list(element);
                for &arg in args {
                    let list = self.as_list(arg, element, Fault::UnionOperand, at);
                    self.call_prelude("list_extend", &[element], &[made, list]);
                }
                let have = self.l.facts.list(element);
                self.coerce(made, have, ty)
            }
            Range => {
                let int = self.l.intern(TyKind::Int);
                let numbers: Vec<Value> = args.iter().map(|&arg| self.as_index(arg, at)).collect();
                let (zero, one) = (self.b.i64(0), self.b.i64(1));
                let (from, to, step) = match numbers[..] {
                    [to] => (zero, to, one),
                    [from, to] => (from, to, one),
                    _ => (numbers[0], numbers[1], numbers[2]),
                };
                let site = self.site_arg(Fault::Argument, at);
                let value = self.call_prelude("int_range", &[], &[from, to, step, site]);
                let have = self.l.facts.list(int);
                self.coerce_list((value, have), ty)
            }
            Reduce => self.reduce(args, ty, at),
            First => {
                let (list, from) = self.plain_list(args[0], at);
                let element = self.l.list_element(from).expect("a list");
                let len = self.read(list, from, "len");
                let zero = self.b.i32(0);
                let empty = self.plain(Op::I32Eq, &[len, zero]);
                let form = self.l.layout(ty);
                self.choose(
                    empty,
                    form,
                    |cx| cx.none_as(ty),
                    |cx| {
                        let zero = cx.b.i32(0);
                        let value = cx.element((list, from), zero);
                        cx.coerce(value, element, ty)
                    },
                )
            }
            _ => {
                let (value, from) = args[0];
                self.dispatch(value, from, ty, &mut |cx, x, a| {
                    if cx.l.is_string(a) && builtin == Reverse {
                        let value = cx.call_prelude("string_reverse", &[], &[x]);
                        return cx.coerce(value, a, ty);
                    }
                    let (list, a) = cx.plain_list((x, a), at);
                    let element = cx.l.list_element(a).expect("a list");
                    let name = match builtin {
                        Distinct => "list_distinct",
                        Reverse => "list_reverse",
                        _ => "list_copy",
                    };
                    let value = cx.call_prelude(name, &[element], &[list]);
                    cx.coerce_list((value, a), ty)
                })
            }
        }
    }
    /// `reduce(list, f, init)`
    fn reduce(&mut self, args: &[Typed], ty: Ty, at: Span) -> Value {
        let (list, from) = self.plain_list(args[0], at);
        let element = self.l.list_element(from).expect("a list");
        let of = self.l.cell_type(ty);
        let init = self.coerce(args[2].0, args[2].1, ty);
        let cell = self.new_struct(of, &[init]);
        let len = self.read(list, from, "len");
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, &Assigned::default(), |cx, i| {
            let item = cx.element((list, from), i);
            let have = cx.get_field(of, 0, cell);
            let have = cx.stored(have, ty);
            cx.share(item, element);
            let value = cx.apply(args[1].0, args[1].1, &[(have, ty), (item, element)], ty, at);
            cx.set_field(of, 0, cell, value);
        });
        let value = self.get_field(of, 0, cell);
        self.stored(value, ty)
    }

    fn map_builtin(&mut self, builtin: Builtin, args: &[Typed], ty: Ty, at: Span) -> Value {
        let (value, from) = args[0];
        if builtin == Builtin::Get {
            return self.dispatch(value, from, ty, &mut |cx, x, a| cx.get_or_default((x, a), args, ty, at));
        }
        self.dispatch(value, from, ty, &mut |cx, x, a| {
            if cx.has_entries(a) {
                return cx.entries_as((x, a), builtin, ty);
            }
            let TyKind::Data(data, of) = cx.l.kind(a) else {
                cx.trap(Fault::Argument, at);
                return cx.default_value(ty);
            };
            if data != cx.l.facts.known.map {
                cx.trap(Fault::Argument, at);
                return cx.default_value(ty);
            }
            // A map that nothing is stored in has keys of no type, and none.
            if builtin == Builtin::Keys && *cx.l.facts.tys.kind(of[1]) == TyKind::Never {
                return cx.empty_list_as(ty);
            }
            let (name, element) = if builtin == Builtin::Keys { ("keys", of[0]) } else { ("values", of[1]) };
            let value = cx.call_map(name, a, &[x]);
            let have = cx.l.facts.list(element);
            cx.coerce_list((value, have), ty)
        })
    }
    fn empty_list_as(&mut self, ty: Ty) -> Value {
        let lists = self.l.facts.tys.alternatives(ty);
        let Some(element) = lists.into_iter().find_map(|list| self.l.list_element(list)) else { return self.default_value(ty) };
        let empty = self.empty_list(element);
        let have = self.l.facts.list(element);
        self.coerce(empty, have, ty)
    }
    fn get_or_default(&mut self, (x, a): Typed, args: &[Typed], ty: Ty, at: Span) -> Value {
        let TyKind::Data(data, of) = self.l.kind(a) else {
            self.trap(Fault::Argument, at);
            return self.default_value(ty);
        };
        if data != self.l.facts.known.map {
            self.trap(Fault::Argument, at);
            return self.default_value(ty);
        }
        let key = self.map_key(args[1], of[0]);
        let entry = self.map_find((x, a), key);
        let zero = self.b.i32(0);
        let missing = self.plain(Op::I32LtS, &[entry, zero]);
        let form = self.l.layout(ty);
        self.choose(
            missing,
            form,
            |cx| match args.get(2) {
                Some(&(value, have)) => cx.coerce(value, have, ty),
                None => cx.none_as(ty),
            },
            |cx| {
                let value = cx.map_entry((x, a), "values", of[1], entry);
                cx.coerce(value, of[1], ty)
            },
        )
    }

    fn number_builtin(&mut self, builtin: Builtin, args: &[Typed], ty: Ty, at: Span) -> Value {
        use Builtin::*;
        if builtin == Pow {
            return self.power(args[0], args[1], ty, at);
        }
        let (value, from) = args[0];
        self.dispatch(value, from, ty, &mut |cx, x, a| {
            let (value, have) = match (cx.l.kind(a), builtin) {
                (TyKind::Int, Abs) => {
                    let site = cx.site_arg(Fault::Overflow, at);
                    (cx.call_prelude("int_abs", &[], &[x, site]), a)
                }
                // An int is the fraction of itself and 1.
                (TyKind::Int, Num | Denom) => {
                    let whole = if builtin == Num { x } else { cx.b.i64(1) };
                    let bigint = cx.l.facts.known.bigint;
                    (cx.call_prelude("bigint_from_int", &[], &[whole]), cx.l.intern(TyKind::Data(bigint, Vec::new())))
                }
                (TyKind::Int, _) => (x, a),
                (TyKind::Float, Abs) => (cx.plain(Op::F64Abs, &[x]), a),
                (TyKind::Float, Ceil) => (cx.plain(Op::F64Ceil, &[x]), a),
                (TyKind::Float, Floor) => (cx.plain(Op::F64Floor, &[x]), a),
                (TyKind::Float, Round) => match args.get(1) {
                    Some(&digits) => {
                        let digits = cx.as_index(digits, at);
                        (cx.call_prelude("float_round_to", &[], &[x, digits]), a)
                    }
                    None => (cx.call_prelude("float_round", &[], &[x]), a),
                },
                (TyKind::Data(data, _), Num | Denom) if data == cx.l.facts.known.bigrat => {
                    let bigint = cx.l.facts.known.bigint;
                    let bigint = cx.l.intern(TyKind::Data(bigint, Vec::new()));
                    (cx.read(x, a, if builtin == Num { "num" } else { "den" }), bigint)
                }
                (TyKind::Data(data, _), Abs) if data == cx.l.facts.known.bigint => {
                    let negative = cx.call_prelude("bigint_neg", &[], &[x]);
                    let order = cx.call_prelude("bigint_compare", &[], &[x, negative]);
                    let zero = cx.b.i32(0);
                    let below = cx.plain(Op::I32LtS, &[order, zero]);
                    (cx.plain(Op::Select, &[below, negative, x]), a)
                }
                (TyKind::Data(data, _), Ceil | Floor | Round) if data == cx.l.facts.known.bigint => (x, a),
                (TyKind::Bool, Abs | Ceil | Floor | Round) => {
                    let wide = cx.plain(Op::BoolToI32, &[x]);
                    let int = cx.l.intern(TyKind::Int);
                    (cx.plain(Op::I32ExtendU, &[wide]), int)
                }
                (TyKind::Data(..), Abs | Ceil | Floor | Round) if cx.l.is_string(a) => {
                    let float = cx.l.intern(TyKind::Float);
                    let number = cx.call_prelude("string_number", &[], &[x]);
                    return cx.number_builtin(builtin, &[(number, float)], ty, at);
                }
                _ => {
                    cx.trap(Fault::Argument, at);
                    return cx.default_value(ty);
                }
            };
            cx.coerce(value, have, ty)
        })
    }
    fn power(&mut self, base: Typed, exponent: Typed, ty: Ty, at: Span) -> Value {
        self.dispatch(base.0, base.1, ty, &mut |cx, x, a| {
            cx.dispatch(exponent.0, exponent.1, ty, &mut |cx, y, b| {
                let (base, exponent) = (cx.bool_operand((x, a)), cx.bool_operand((y, b)));
                cx.power_of(base, exponent, ty, at)
            })
        })
    }
    fn power_of(&mut self, (x, a): Typed, (y, b): Typed, ty: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        let is = |kind: &TyKind, data: DataId| matches!(kind, TyKind::Data(of, _) if *of == data);
        let (base, exponent) = (self.l.kind(a), self.l.kind(b));
        let whole = |kind: &TyKind| *kind == TyKind::Int || is(kind, known.bigint);
        if base == TyKind::Int && exponent == TyKind::Int && !self.is_exact(ty) {
            let site = self.site_arg(Fault::Overflow, at);
            let value = self.call_prelude("int_pow", &[], &[x, y, site]);
            return self.coerce(value, a, ty);
        }
        if whole(&base) && whole(&exponent) {
            let site = self.site_arg(Fault::Overflow, at);
            let big = self.as_bigint((x, a));
            let times = if exponent == TyKind::Int { y } else { self.call_prelude("bigint_to_int", &[], &[y, site]) };
            let value = self.call_prelude("bigint_power", &[], &[big, times, site]);
            let bigint = self.l.intern(TyKind::Data(known.bigint, Vec::new()));
            return if self.is_exact(ty) { self.narrowest(value, bigint, ty) } else { self.coerce(value, bigint, ty) };
        }
        let real = |kind: &TyKind| whole(kind) || *kind == TyKind::Float || is(kind, known.string);
        let rational = is(&base, known.bigrat) && exponent == TyKind::Float || base == TyKind::Float && is(&exponent, known.bigrat);
        let reals = real(&base) && real(&exponent);
        if !rational && !reals {
            self.trap(Fault::Operands, at);
            return self.default_value(ty);
        }
        let float = self.l.intern(TyKind::Float);
        let (x, y) = (self.as_float((x, a)), self.as_float((y, b)));
        let value = self.call_prelude("float_pow", &[], &[x, y]);
        self.coerce(value, float, ty)
    }
}
