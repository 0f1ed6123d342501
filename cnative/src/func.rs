//! A function as C text: structured statements.
//!
//! `loop` becomes `while` where its body starts with the test that leaves it, `for (;;)` otherwise; `if` and `switch` are C's; `block`
//! needs no C of its own. A `br` sets the variables of its target, and then jumps: by falling off the end where that leads there,
//! by `break` or `continue`, or else by `goto`.

mod constructs;
mod record;

use self::record::Traced;
use crate::effects::Effects;
use crate::expr::{Binds, Expr};
use crate::module::{Marks, ModuleNames};
use crate::plan::Plan;
use crate::roots::Roots;
use crate::shape::{Def, Shape};
use crate::trace::Stacks;
use crate::vars::Vars;
use compiler::ir::{Func, Id, Imm, Inst, InstKind, Module, Op, Region, Type, Value};

/// Where control may go: behind a construct, or to the next turn of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    End(Inst),
    Next(Inst),
}

/// Where the ways out of a list of statements lead.
#[derive(Clone, Debug, Default)]
struct Exits {
    /// Places that falling off the end comes to.
    fall: Vec<Target>,
    /// Places that `break` comes to.
    break_: Vec<Target>,
    /// The loop that `continue` goes on with.
    continue_: Option<Inst>,
}

pub struct FuncEmitter<'a> {
    pub module: &'a Module,
    pub func: &'a Func,
    pub names: &'a ModuleNames,
    pub shape: &'a Shape,
    pub plan: &'a Plan,
    pub vars: &'a Vars,
    pub roots: &'a Roots,
    pub effects: &'a Effects,
    pub marks: &'a Marks<'a>,
    out: String,
    depth: usize,
    /// Targets that some `goto` names.
    gotos: Vec<Target>,
    last_line: Option<String>,
    traced: Traced,
}

/// What the planning of one function gives to its emitter.
pub struct Planned {
    pub shape: Shape,
    pub plan: Plan,
    pub roots: Roots,
    pub vars: Vars,
}

impl<'a> FuncEmitter<'a> {
    pub fn new(
        module: &'a Module,
        func: &'a Func,
        names: &'a ModuleNames,
        planned: &'a Planned,
        effects: &'a Effects,
        marks: &'a Marks<'a>,
    ) -> FuncEmitter<'a> {
        let Planned { shape, plan, roots, vars } = planned;
        let (out, gotos) = (String::new(), Vec::new());
        FuncEmitter {
            module,
            func,
            names,
            shape,
            plan,
            vars,
            roots,
            effects,
            marks,
            out,
            depth: 1,
            gotos,
            last_line: None,
            traced: Traced::default(),
        }
    }
    /// The definition of the function; `is_recursive`: it checks the stack on entry.
    pub fn emit(mut self, head: &str, is_recursive: bool, stacks: &mut Stacks) -> String {
        self.traced = Traced::new(&self, stacks);
        self.out.push_str(head);
        self.out.push_str(" {\n");
        for &param in self.func.params() {
            if self.shape.uses[param.index()] == 0 {
                self.line(&format!("(void){};", self.vars.name(param)));
            }
        }
        if is_recursive {
            match (self.marks.place_of)(self.func) {
                Some(place) => self.line(&format!("mochi_check_stack_at({place});")),
                None => self.line("mochi_check_stack();"),
            }
        }
        self.poll();
        self.region(self.func.body, &Exits::default());
        self.out.push_str("}\n");
        self.out
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }
    fn poll(&mut self) {
        if self.marks.polls {
            self.line("mochi_poll();");
        }
    }
    fn mark_line(&mut self, inst: Inst) {
        if let Some(line) = (self.marks.line_of)(self.func, inst)
            && self.last_line.as_ref() != Some(&line)
        {
            self.out.push_str(&line);
            self.out.push('\n');
            self.last_line = Some(line);
        }
    }
    fn label(&mut self, target: Target) {
        if self.gotos.contains(&target) {
            let name = self.label_name(target);
            self.out.push_str(&format!("{}{name}:;\n", "    ".repeat(self.depth - 1)));
        }
    }
    fn label_name(&self, target: Target) -> String {
        match target {
            Target::End(inst) => format!("end_{}", inst.0),
            Target::Next(inst) => format!("next_{}", inst.0),
        }
    }
    /// Whether an instruction has text of its own: it is neither dead nor part of an expression.
    fn is_statement(&self, inst: Inst) -> bool {
        let inlined = self.func.insts[inst].results.first().is_some_and(|&r| self.plan.is_inline(r));
        !inlined && !self.shape.dead[inst.index()]
    }
    fn statements(&self, region: Region) -> Vec<Inst> {
        self.func.regions[region].insts.iter().copied().filter(|&i| self.is_statement(i)).collect()
    }

    fn region(&mut self, region: Region, exits: &Exits) {
        let list = self.statements(region);
        self.list(&list, exits);
    }
    fn list(&mut self, list: &[Inst], exits: &Exits) {
        for (i, &inst) in list.iter().enumerate() {
            self.statement(inst, &list[i + 1..], exits);
            // Nothing after a loop can run, and its `break` leads to the end of the list.
            if let InstKind::Loop { .. } = self.func.insts[inst].kind {
                return;
            }
        }
    }
    /// One statement; `rest` follows it in its region.
    fn statement(&mut self, inst: Inst, rest: &[Inst], exits: &Exits) {
        self.mark_line(inst);
        self.begin_record(inst);
        for &value in self.vars.declared_before(inst) {
            self.line(&format!("{};", self.declaration(value)));
        }
        if self.roots.frame == Some(inst) {
            self.line(&format!("mochi_Cell *roots = mochi_frame({});", self.roots.slots));
        }
        for &(slot, value) in &self.roots.stores[inst.index()] {
            let cell = match self.func.ty(value) {
                Type::Any => self.vars.name(value).to_string(),
                _ => format!("mochi_cell_of({})", self.vars.name(value)),
            };
            self.line(&format!("roots[{slot}] = {cell};"));
        }
        self.note_call(inst);
        match &self.func.insts[inst].kind {
            InstKind::Op { op, imm, args } => self.op_statement(inst, *op, *imm, args),
            InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => self.set_result(inst),
            InstKind::Block { body } => {
                let inner = self.exits_of(inst, rest, exits);
                self.region(*body, &inner);
                self.label(Target::End(inst));
            }
            InstKind::Loop { body, init } => self.loop_(inst, init, *body, exits),
            InstKind::If { cond, then_, else_ } => {
                let inner = self.exits_of(inst, rest, exits);
                self.if_(inst, *cond, *then_, *else_, &inner);
            }
            InstKind::Switch { index, cases, default } => {
                let inner = self.exits_of(inst, rest, exits);
                self.switch(inst, *index, cases, *default, &inner);
            }
            InstKind::Br { target, args } => self.br(inst, *target, args, exits),
            InstKind::Return { args } => self.return_(inst, args),
            InstKind::Unreachable => self.unreachable(inst),
        }
    }
    /// The exits of a construct's regions: behind it, and on from there if nothing but a plain jump follows.
    fn exits_of(&self, inst: Inst, rest: &[Inst], exits: &Exits) -> Exits {
        let mut fall = vec![Target::End(inst)];
        match rest.first().map(|&next| &self.func.insts[next].kind) {
            Some(InstKind::Unreachable) if self.shape.jumps[inst.index()] == 0 => fall.extend(&exits.fall),
            Some(InstKind::Br { target, args }) if self.is_plain_jump(rest[0], *target, args) => {
                let to = self.target(*target);
                fall.push(to);
                if exits.fall.contains(&to) {
                    fall.extend(&exits.fall);
                }
            }
            _ => {}
        }
        Exits { fall, ..exits.clone() }
    }
    /// A `br` that needs no text but the jump.
    fn is_plain_jump(&self, inst: Inst, target: Inst, args: &[Value]) -> bool {
        self.copies(inst, target, args).is_empty() && !self.roots.leaves_frame(self.shape, inst, target)
    }
    fn target(&self, inst: Inst) -> Target {
        match self.func.insts[inst].kind {
            InstKind::Loop { .. } => Target::Next(inst),
            _ => Target::End(inst),
        }
    }

    // ---- Plain statements

    fn declaration(&self, value: Value) -> String {
        self.names.declare(self.func.ty(value), self.vars.name(value))
    }
    /// `T x` where the definition declares the variable, else `x`.
    fn target_text(&self, value: Value) -> String {
        if self.vars.declares(value) { self.declaration(value) } else { self.vars.name(value).to_string() }
    }
    fn set_result(&mut self, inst: Inst) {
        let expression = self.expression(inst);
        match self.func.insts[inst].results[..] {
            [result] if self.vars.is_variable(result) => {
                let text = self.converted(inst, result, expression);
                self.line(&format!("{} = {text};", self.target_text(result)));
            }
            _ => self.line(&format!("{};", expression.text)),
        }
    }
    /// An instruction's value as its result's type, which may be wider.
    fn converted(&self, inst: Inst, result: Value, expression: Expr) -> String {
        match (self.natural_type(inst), self.func.ty(result)) {
            (Type::Ref { to: a, .. }, Type::Ref { to: b, .. }) if !self.names.same_c_type(a, b) => {
                format!("({} *){}", self.names.types[b.index()], expression.within(Binds::Unary))
            }
            _ => expression.text,
        }
    }
    fn op_statement(&mut self, inst: Inst, op: Op, imm: Imm, args: &[Value]) {
        match (op, imm) {
            (Op::StructSet, Imm::Field(ty, field)) => {
                let wanted = self.module.types.structure(ty).fields[field as usize].storage.value_type();
                let text = format!("{} = {};", self.field(args[0], ty, field), self.value_as(args[1], wanted).text);
                self.line(&text);
            }
            (Op::ArraySet, Imm::Type(ty)) => {
                let wanted = self.module.types.array(ty).element.value_type();
                let text = format!("{} = {};", self.element(args[0], ty, args[1]), self.value_as(args[2], wanted).text);
                self.line(&text);
            }
            (Op::GlobalSet, Imm::Global(global)) => {
                let value = self.value_as(args[0], self.module.globals[global].ty).text;
                self.line(&format!("{} = {value};", self.names.globals[global.index()]));
            }
            (Op::ArrayCopy, Imm::Type(ty)) => {
                let size = self.names.element_size(self.module.types.array(ty).element);
                let texts: Vec<String> = args.iter().map(|&v| self.text(v)).chain([size]).collect();
                self.line(&format!("mochi_array_copy({});", texts.join(", ")));
            }
            (Op::ArrayFill, Imm::Type(ty)) => {
                let wanted = self.module.types.array(ty).element.value_type();
                let value = self.value_as(args[2], wanted).text;
                let texts = [self.names.types[ty.index()].clone(), self.text(args[0]), self.text(args[1]), value, self.text(args[3])];
                self.line(&format!("mochi_array_fill({});", texts.join(", ")));
            }
            (Op::ArrayFixed, Imm::Type(ty)) => self.array_fixed(inst, ty, args),
            (Op::TrapIf, Imm::Site(site)) => {
                let condition = self.text(args[0]);
                self.line(&format!("if (MOCHI_UNLIKELY({condition})) mochi_trap({}, 0, 0);", self.failure(inst, site)));
            }
            (Op::TrapIfWith, Imm::Site(site)) => {
                let [condition, a, b] = [0, 1, 2].map(|i| self.text(args[i]));
                self.line(&format!("if (MOCHI_UNLIKELY({condition})) mochi_trap({}, {a}, {b});", self.failure(inst, site)));
            }
            _ => self.set_result(inst),
        }
    }
    fn array_fixed(&mut self, inst: Inst, ty: compiler::ir::TypeId, args: &[Value]) {
        let result = self.func.result_of(inst);
        let name = &self.names.types[ty.index()];
        let text = format!("{} = mochi_array_new({name}, {}, {});", self.target_text(result), self.names.type_id(ty), args.len());
        self.line(&text);
        let wanted = self.module.types.array(ty).element.value_type();
        for (i, &arg) in args.iter().enumerate() {
            let text = format!("mochi_deref({})->items[{i}] = {};", self.vars.name(result), self.value_as(arg, wanted).text);
            self.line(&text);
        }
    }
    /// The frame of the bank ends before the last call, if that needs nothing of it, else when the value is there.
    fn return_(&mut self, inst: Inst, args: &[Value]) {
        if self.func.diverges {
            return self.line("mochi_unreachable();");
        }
        let linked = self.end_record();
        let wanted = self.func.result.unwrap_or(Type::Bool);
        let value = args.first().map(|&v| self.value_as(v, wanted).text);
        self.traced.is_linked = linked;
        if self.roots.has_frame(self.shape, inst) {
            if let (Some(text), true) = (&value, args.iter().any(|&v| self.has_inner_effect(v))) {
                let is_alone = self.shape.is_scope(self.shape.region_of[inst.index()]);
                if !is_alone {
                    self.line("{");
                }
                self.line(&format!("{} = {text};", self.names.declare(wanted, "returned")));
                self.line("mochi_state.root_top = roots;");
                self.line("return returned;");
                if !is_alone {
                    self.line("}");
                }
                return;
            }
            self.line("mochi_state.root_top = roots;");
        }
        match value {
            Some(text) => self.line(&format!("return {text};")),
            None => self.line("return;"),
        }
    }
    /// Whether a value's expression has an effect below its outermost call.
    fn has_inner_effect(&self, value: Value) -> bool {
        let Def::Result(inst) = self.shape.def[value.index()] else { return false };
        let is_call = !matches!(&self.func.insts[inst].kind, InstKind::Op { op, .. } if *op != Op::StructNew);
        let mut inner = false;
        self.func.insts[inst].kind.for_each_operand(|v| inner |= self.plan.has_effect(v));
        self.plan.has_effect(value) && (inner || !is_call)
    }
    /// C must hear of it only where the statement before could go on.
    fn unreachable(&mut self, inst: Inst) {
        let list = self.statements(self.shape.region_of[inst.index()]);
        let at = list.iter().position(|&i| i == inst).expect("in its region");
        let goes_on = at == 0
            || match &self.func.insts[list[at - 1]].kind {
                InstKind::Loop { .. } => false,
                InstKind::Block { .. } | InstKind::If { .. } | InstKind::Switch { .. } => self.shape.jumps[list[at - 1].index()] > 0,
                InstKind::Call { func, .. } => !self.module.funcs[*func].diverges,
                InstKind::CallHost { host, .. } => !host.diverges(),
                _ => true,
            };
        if goes_on {
            self.line("mochi_unreachable();");
        }
    }

    // ---- Jumps

    /// What a `br` must set: pairs of a target's value and an argument in another variable.
    fn copies(&self, inst: Inst, target: Inst, args: &[Value]) -> Vec<(Value, Value)> {
        let to = match &self.func.insts[target].kind {
            InstKind::Loop { body, .. } => self.func.regions[*body].params.as_slice(),
            _ => self.func.insts[target].results.as_slice(),
        };
        let pairs = to.iter().copied().zip(args.iter().copied());
        // An unused target takes nothing, but an argument with an effect that is written here alone is still evaluated.
        let acts = |from: Value| self.plan.has_effect(from) && self.shape.user[from.index()] == Some(inst);
        pairs.filter(|&(to, from)| !self.vars.is_same(to, from) && (self.vars.is_variable(to) || acts(from))).collect()
    }
    /// All at once: a variable is set when no value still to be taken reads it; a ring of them goes through one more variable.
    fn copy(&mut self, mut copies: Vec<(Value, Value)>) {
        let mut late = Vec::new();
        while !copies.is_empty() {
            let reads_target = |i: usize| {
                let (to, _) = copies[i];
                copies.iter().enumerate().any(|(k, &(_, from))| k != i && self.reads(from, to))
            };
            let ready = (0..copies.len()).find(|&i| !reads_target(i));
            let (to, from) = copies.remove(ready.unwrap_or(0));
            let text = self.value_as(from, self.func.ty(to)).text;
            if !self.vars.is_variable(to) {
                self.line(&format!("(void){};", self.value(from).within(Binds::Unary)));
            } else if ready.is_some() {
                self.line(&format!("{} = {text};", self.vars.name(to)));
            } else {
                if late.is_empty() {
                    self.line("{");
                    self.depth += 1;
                }
                let name = format!("mochi_next_{}", self.vars.name(to));
                self.line(&format!("{} = {text};", self.names.declare(self.func.ty(to), &name)));
                late.push(format!("{} = {name};", self.vars.name(to)));
            }
        }
        if late.is_empty() {
            return;
        }
        for line in late {
            self.line(&line);
        }
        self.depth -= 1;
        self.line("}");
    }
    /// Whether a value's expression reads the variable of another.
    fn reads(&self, from: Value, variable: Value) -> bool {
        if !self.plan.is_inline(from) {
            return self.vars.is_same(from, variable);
        }
        let Def::Result(inst) = self.shape.def[from.index()] else { return false };
        let mut found = false;
        self.func.insts[inst].kind.for_each_operand(|v| found |= self.reads(v, variable));
        found
    }
    fn br(&mut self, inst: Inst, target: Inst, args: &[Value], exits: &Exits) {
        let copies = self.copies(inst, target, args);
        self.copy(copies);
        if self.roots.leaves_frame(self.shape, inst, target) {
            self.line("mochi_state.root_top = roots;");
        }
        self.jump(self.target(target), exits);
    }
    fn jump(&mut self, to: Target, exits: &Exits) {
        if exits.fall.contains(&to) {
            return;
        }
        if exits.break_.contains(&to) {
            return self.line("break;");
        }
        if let Target::Next(inst) = to
            && exits.continue_ == Some(inst)
        {
            return self.line("continue;");
        }
        self.gotos.push(to);
        self.line(&format!("goto {};", self.label_name(to)));
    }
}
