// Runs a core Wasm module whose imports are lowered WASI 0.2.0 functions, in a browser, a worker or Node.
//
//   const { exitCode, trace } = await run(bytes, { stdout: (bytes) => ..., stdin: "text" });
//
// Options, all of them optional:
//   stdout, stderr   called with each Uint8Array that is written; to throw means that the stream is closed
//   stdin            a string, a Uint8Array, or a function (most) => Uint8Array that waits and gives no bytes at the end
//   env              an object of environment variables
//   terminal         [stdin, stdout, stderr]: which of them are terminals
//   files            see memory-files.mjs; without it there are no files
//
// What only the engine notices is reported by the program's own export `trap(site, a, b)`: site 0 for the end of the stack, 1
// for the end of memory. `trace` is what standard error should show after the message of an error: lines with the functions that
// were active, see trace.mjs. Any other trap of the engine is thrown: it is a fault of the compiler. Layouts in memory are those
// of the canonical ABI.

import { Traces, withLongStacks } from "./trace.mjs";

export const RUN = "wasi:cli/run@0.2.0#run";

const STDIN = 0;
const STDOUT = 1;
const STACK_OVERFLOW = 0;
const OUT_OF_MEMORY = 1;
const LAST_DIRECTORY = 2;
const NO_ENTRY = 20;
const BAD_DESCRIPTOR = 3;

class Exit extends Error {
  constructor(code) {
    super(`exit with code ${code}`);
    this.code = code;
  }
}

// A failed operation on a file: one of WASI's error codes.
export class FileError extends Error {
  constructor(code) {
    super(`file error ${code}`);
    this.code = code;
  }
}

export async function run(bytes, options = {}) {
  const program = await load(bytes, options);
  return program.run();
}

// Compiles and instantiates; `exports` are there for tests.
export async function load(bytes, options = {}) {
  const module = await WebAssembly.compile(bytes);
  const host = new Host(options, new Traces(bytes, module));
  const imports = {};
  for (const { module: interface_, name } of WebAssembly.Module.imports(module)) {
    const lowered = LOWERED[interface_.replace(/@0\.2\.0$/, "")]?.[name];
    if (!lowered) throw new Error(`the module imports ${interface_} ${name}, which this host does not have`);
    (imports[interface_] ??= {})[name] = lowered(host);
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  host.exports = exports;
  return { exports, run: () => host.run() };
}

class Host {
  constructor({ stdout, stderr, stdin, env = {}, terminal = [], files }, traces) {
    const nowhere = () => {};
    this.sinks = [undefined, stdout ?? nowhere, stderr ?? nowhere];
    this.stdin = source(stdin);
    this.env = env;
    this.terminal = terminal;
    this.files = files;
    this.open = new Map();
    this.traces = traces;
  }

  // Calls the program; gives its exit code, and the trace of an error.
  run() {
    return withLongStacks(() => {
      try {
        return this.ended(() => this.exports[RUN]());
      } catch (error) {
        const site = siteOf(error);
        if (site === undefined || !this.exports.trap) throw error;
        const { exitCode } = this.ended(() => {
          this.exports.trap(site, 0n, 0n);
          throw error;
        });
        return { exitCode, trace: this.traces.lines(error.stack, { excerpt: true }) };
      }
    });
  }

  ended(call) {
    try {
      return { exitCode: call(), trace: "" };
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      return { exitCode: error.code, trace: error.code === 0 ? "" : this.traces.lines(error.stack) };
    }
  }

  // The memory may have grown since it was last looked at.
  view() {
    return new DataView(this.exports.memory.buffer);
  }
  bytes(at, length) {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, length >>> 0);
  }
  words(at, ...words) {
    const view = this.view();
    words.forEach((word, i) => view.setUint32((at >>> 0) + 4 * i, word, true));
  }
  // A list of bytes in memory that the module allocates: address and length.
  list(bytes) {
    const at = this.exports.cabi_realloc(0, 0, 1, bytes.length) >>> 0;
    this.bytes(at, bytes.length).set(bytes);
    return [at, bytes.length];
  }
  // A list of records of 32-bit words, at the return area.
  records(ret, count, words) {
    const at = this.exports.cabi_realloc(0, 0, 4, words.length * 4) >>> 0;
    this.words(at, ...words);
    this.words(ret, at, count);
  }
  file(descriptor) {
    const file = this.open.get(descriptor);
    if (!file) throw new FileError(BAD_DESCRIPTOR);
    return file;
  }
  // Runs an operation on files whose error code goes to `at`.
  attempt(ret, at, operation) {
    try {
      operation();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const view = this.view();
      view.setUint8(ret, 1);
      view.setUint8(ret + at, error.code);
    }
  }
}

// The site that reports an error of the engine.
function siteOf(error) {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return STACK_OVERFLOW;
  // Firefox reports a deep stack as an internal error.
  if (error?.constructor?.name === "InternalError" && /recursion/i.test(error.message)) return STACK_OVERFLOW;
  if (error instanceof WebAssembly.RuntimeError && /too large|out of memory|allocation/i.test(error.message)) return OUT_OF_MEMORY;
  return undefined;
}

function source(stdin) {
  if (typeof stdin === "function") return stdin;
  const all = typeof stdin === "string" ? new TextEncoder().encode(stdin) : (stdin ?? new Uint8Array());
  let at = 0;
  return (most) => all.subarray(at, (at += Math.min(most, all.length - at)));
}

const terminal = (host, stream) => (ret) => host.words(ret, host.terminal[stream] ? 1 : 0, 0);
const CLOSED = [1, 1, 0];

// For each interface and name: host => the lowered function.
const LOWERED = {
  "wasi:cli/stdin": { "get-stdin": () => () => STDIN },
  "wasi:cli/stdout": { "get-stdout": () => () => STDOUT },
  "wasi:cli/stderr": { "get-stderr": () => () => 2 },
  "wasi:cli/terminal-stdin": { "get-terminal-stdin": (host) => terminal(host, 0) },
  "wasi:cli/terminal-stdout": { "get-terminal-stdout": (host) => terminal(host, 1) },
  "wasi:cli/terminal-stderr": { "get-terminal-stderr": (host) => terminal(host, 2) },
  "wasi:cli/exit": {
    exit: () => (failed) => {
      throw new Exit(failed ? 1 : 0);
    },
  },
  "wasi:cli/environment": {
    "get-environment": (host) => (ret) => {
      const encoder = new TextEncoder();
      const entries = Object.entries(host.env);
      const words = entries.flatMap((entry) => entry.flatMap((text) => host.list(encoder.encode(text))));
      host.records(ret, entries.length, words);
    },
  },
  "wasi:io/streams": {
    "[method]input-stream.blocking-read": (host) => (_stream, length, ret) => {
      const bytes = host.stdin(Number(length < 65536n ? length : 65536n));
      if (bytes.length === 0) host.words(ret, ...CLOSED);
      else host.words(ret, 0, ...host.list(bytes));
    },
    "[method]output-stream.blocking-write-and-flush": (host) => (stream, at, length, ret) => {
      if (length >>> 0 > 4096) throw new Error("a write of more than 4096 bytes");
      // A copy: the receiver may keep it.
      const bytes = host.bytes(at, length).slice();
      let answer = [0, 0, 0];
      try {
        host.sinks[stream](bytes);
      } catch (error) {
        answer = error?.code === "EPIPE" ? CLOSED : [1, 0, 0];
      }
      host.words(ret, ...answer);
    },
  },
  "wasi:clocks/wall-clock": {
    now: (host) => (ret) => {
      const now = Date.now();
      const view = host.view();
      view.setBigUint64(ret, BigInt(Math.floor(now / 1000)), true);
      view.setUint32(ret + 8, (now % 1000) * 1e6, true);
    },
  },
  "wasi:filesystem/preopens": {
    "get-directories": (host) => (ret) => {
      const encoder = new TextEncoder();
      const names = host.files ? [".", "/"] : [];
      const words = names.flatMap((name, i) => [i + 1, ...host.list(encoder.encode(name))]);
      host.records(ret, names.length, words);
    },
  },
  "wasi:filesystem/types": {
    "[method]descriptor.open-at": (host) => (directory, _follow, at, length, openFlags, flags, ret) =>
      host.attempt(ret, 4, () => {
        const name = new TextDecoder().decode(host.bytes(at, length));
        if (directory > LAST_DIRECTORY) throw new FileError(BAD_DESCRIPTOR);
        const path = directory === LAST_DIRECTORY ? `/${name}` : name;
        if (!host.files) throw new FileError(NO_ENTRY);
        const file = host.files.open(path, { create: !!(openFlags & 1), truncate: !!(openFlags & 8), write: !!(flags & 2) });
        let descriptor = LAST_DIRECTORY + 1;
        while (host.open.has(descriptor)) descriptor += 1;
        host.open.set(descriptor, file);
        host.words(ret, 0, descriptor);
      }),
    "[method]descriptor.stat": (host) => (descriptor, ret) =>
      host.attempt(ret, 8, () => {
        const { isDirectory, size } = host.file(descriptor).stat();
        host.bytes(ret, 104).fill(0);
        const view = host.view();
        view.setUint8(ret + 8, isDirectory ? 3 : 6);
        view.setBigUint64(ret + 16, 1n, true);
        view.setBigUint64(ret + 24, BigInt(size), true);
      }),
    "[method]descriptor.read": (host) => (descriptor, length, offset, ret) =>
      host.attempt(ret, 4, () => {
        const bytes = host.file(descriptor).read(Number(length < 1048576n ? length : 1048576n), Number(offset));
        host.words(ret, 0, ...host.list(bytes), bytes.length === 0 ? 1 : 0);
      }),
    "[method]descriptor.write": (host) => (descriptor, at, length, offset, ret) =>
      host.attempt(ret, 8, () => {
        host.file(descriptor).write(host.bytes(at, length), Number(offset));
        const view = host.view();
        view.setUint8(ret, 0);
        view.setBigUint64(ret + 8, BigInt(length >>> 0), true);
      }),
    "[resource-drop]descriptor": (host) => (descriptor) => {
      host.open.get(descriptor)?.close();
      host.open.delete(descriptor);
    },
  },
};
