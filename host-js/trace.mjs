// Call traces: which functions of the user's were active when a program ended in an error, from the text of an engine's stack.
//
// Places and what was inlined where come from the module's custom section `mochi.positions`; compiler/src/wasm/names.rs describes
// it. A module without it shows the names of its functions.

const POSITIONS = "mochi.positions";
// Of a module: what comes before its sections, and the id of the one with the functions' bodies.
const HEADER = 8;
const CODE = 10;
// A long trace shows so many functions of both ends.
const INNER = 12;
const OUTER = 8;
// How many frames engines are asked for.
const MOST = 65_536;

// Calls a function with the engine told to keep that much of the stacks of errors.
export function withLongStacks(call) {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = MOST;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

// The traces of one module, of its bytes.
export class Traces {
  constructor(bytes, module) {
    this.bytes = bytes;
    this.module = module;
  }

  // The lines for the functions below the report of an error, or for all if there is none; with `excerpt`, after the place
  // of the innermost.
  lines(stack, { excerpt = false } = {}) {
    this.positions ??= new Positions(WebAssembly.Module.customSections(this.module, POSITIONS)[0]);
    this.starts ??= bodyStarts(this.bytes, this.module);
    const frames = this.below(stack.split("\n").flatMap((line) => frame(line) ?? []));
    const active = frames.flatMap((one) => this.active(one));
    const place = excerpt && active[0]?.place ? this.positions.excerpt(active[0]) : "";
    const lines = active.map((one) => `  at ${one.name}${one.place ? ` (${one.place})` : ""}\n`);
    const leftOut = lines.length - INNER - OUTER;
    if (leftOut > 0) lines.splice(INNER, leftOut, `  ... ${leftOut} more\n`);
    return place + lines.join("");
  }

  below(frames) {
    // `raise` is the library's way to end a program with a message of its own.
    const trap = frames.findIndex(({ name }) => name === "trap" || name.endsWith(".trap") || name === "raise");
    return trap < 0 && !this.positions.isThere ? [] : frames.slice(trap + 1);
  }

  // What the user sees of a frame: the function there, and those that it was inlined into.
  active({ name, index, offset }) {
    if (!this.positions.isThere || index === undefined) return name.includes(".") ? [] : [{ name }];
    return this.positions.at(index, offset - this.starts.get(index));
  }
}

// A line of a stack: `at NAME (wasm://...:wasm-function[INDEX]:0xOFFSET)`, or `NAME@...:wasm-function[INDEX]:0xOFFSET`; offsets
// are those in the module. Some engines give the name alone.
function frame(line) {
  const code = /wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(line);
  const name = /^\s*at (\S+) \(wasm:/.exec(line)?.[1] ?? /^(.+?)@.*(?:wasm-function\[|\[wasm code\])/.exec(line)?.[1];
  if (!code && !name) return undefined;
  const plain = (name ?? ".").replace(/^.*\.wasm\./, "").replace(/^.*wasm-function\[(.*)\].*$/, "$1");
  return { name: plain, index: code ? Number(code[1]) : undefined, offset: code ? Number.parseInt(code[2], 16) : undefined };
}

// The custom section, read.
class Positions {
  constructor(section) {
    this.isThere = section !== undefined;
    if (!this.isThere) return;
    const read = new Reader(new Uint8Array(section));
    const texts = () => read.many(() => read.text());
    this.files = texts();
    this.names = texts();
    this.stacks = read.many(() => {
      const [name, file, line, column, outer] = Array.from({ length: 5 }, () => read.number());
      return { name: this.names[name], file, line, column, outer: outer - 1 };
    });
    this.functions = new Map(read.many(() => [read.number(), this.entries(read)]));
    this.sources = new Map(read.many(() => [`${read.number()}:${read.number()}`, read.text()]));
  }

  entries(read) {
    let here = 0;
    return read.many(() => {
      here += read.number();
      return { here, stack: read.number() - 1 };
    });
  }

  at(index, offset) {
    const entry = this.functions.get(index)?.findLast(({ here }) => here <= offset);
    const active = [];
    for (let stack = this.stacks[entry?.stack]; stack; stack = this.stacks[stack.outer]) {
      active.push({ ...stack, place: `${this.files[stack.file]}:${stack.line}:${stack.column}` });
    }
    return active;
  }

  // The place as an error shows it, with the source line and a caret under the column.
  excerpt({ place, file, line, column }) {
    const source = this.sources.get(`${file}:${line}`);
    if (source === undefined) return `  --> ${place}\n`;
    const margin = " ".repeat(String(line).length);
    return `  --> ${place}\n${margin} |\n${line} | ${source}\n${margin} |${" ".repeat(column)}^\n`;
  }
}

// Where the bodies of a module's functions begin, by the index of the function.
function bodyStarts(bytes, module) {
  const starts = new Map();
  let index = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").length;
  const read = new Reader(bytes, HEADER);
  while (read.at < bytes.length) {
    const id = read.number();
    const end = read.number() + read.at;
    if (id === CODE) {
      read.many(() => {
        const length = read.number();
        starts.set(index++, read.at);
        read.at += length;
      });
    }
    read.at = end;
  }
  return starts;
}

// Numbers are unsigned LEB128; texts, and lists of whatever kind, have their length before them.
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  number() {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  many(read) {
    return Array.from({ length: this.number() }, read);
  }
}
