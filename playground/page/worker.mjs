// Compiles and runs one program at a time; lays it out, checks it, shows a stage of it. Messages to the page, each for the request
// of the same number: ready; stdout, stderr and note with text; problems with diagnostics; formatted and stage with text, if there
// is any; done with a summary.

import init, { check, compile, format, stage } from "./playground.js";
import { run } from "./host.mjs";

// More output than this is not sent: the page would have to keep it.
const MOST_OUTPUT = 8_000_000;
// Output is sent in blocks, once it is long or old.
const BLOCK = 16_384;
const MILLISECONDS = 50;

await init({ module_or_path: new URL("playground_bg.wasm", import.meta.url) });
postMessage({ kind: "ready" });

onmessage = async ({ data: { kind, request, source, input, name } }) => {
  const tell = (message) => postMessage({ request, ...message });
  if (kind === "format") tell({ kind: "formatted", text: format(source) });
  else if (kind === "check") tell({ kind: "problems", problems: JSON.parse(check(source)) });
  else if (kind === "stage") {
    tell({ kind: "problems", problems: JSON.parse(check(source)) });
    tell({ kind: "stage", text: stage(source, name) });
  }
  else tell({ kind: "done", text: await compileAndRun(source, input, tell) });
};

async function compileAndRun(source, input, tell) {
  const started = performance.now();
  const compilation = compile(source);
  const problems = JSON.parse(compilation.diagnostics);
  const module = compilation.module;
  compilation.free();
  tell({ kind: "problems", problems });
  if (problems.length > 0) tell({ kind: "stderr", text: problems.map(({ text }) => text).join("\n") });
  if (!module) return "not compiled";
  const compiled = performance.now();
  const text = await execute(module, input, tell);
  const [took, ran] = [compiled - started, performance.now() - compiled].map((ms) => ms.toFixed(0));
  return `${text}; compiled in ${took} ms (${(module.length / 1000).toFixed(1)} kB), ran ${ran} ms`;
}

async function execute(module, input, tell) {
  const writer = new Writer(tell);
  try {
    const { exitCode, trace } = await run(module, { stdout: writer.sink("stdout"), stderr: writer.sink("stderr"), stdin: input });
    writer.finish();
    if (trace) tell({ kind: "stderr", text: trace });
    return `exit code ${exitCode}`;
  } catch (error) {
    writer.finish();
    tell({ kind: "stderr", text: `the program could not be run to its end: ${error.message}\nPlease report it.\n` });
    return "failed";
  }
}

// Collects what a program writes into blocks that end with a line.
class Writer {
  constructor(tell) {
    this.tell = tell;
    this.kind = "stdout";
    this.kept = "";
    this.sent = 0;
    this.since = 0;
  }

  sink(kind) {
    // One decoder for each stream: a character may be cut in two by the program's buffer.
    const decoder = new TextDecoder();
    return (bytes) => this.add(kind, decoder.decode(bytes, { stream: true }));
  }

  add(kind, text) {
    if (this.sent > MOST_OUTPUT) return;
    if (kind !== this.kind) this.finish();
    this.kind = kind;
    this.kept += text;
    const now = performance.now();
    if (this.kept.length < BLOCK && now - this.since < MILLISECONDS) return;
    const end = this.kept.lastIndexOf("\n") + 1;
    if (end === 0) return;
    this.send(this.kept.slice(0, end));
    this.kept = this.kept.slice(end);
    this.since = now;
  }

  finish() {
    if (this.kept !== "") this.send(this.kept);
    this.kept = "";
  }

  send(text) {
    this.sent += text.length;
    this.tell({ kind: this.kind, text });
    if (this.sent > MOST_OUTPUT) this.tell({ kind: "note", text: "… the rest of the output is not shown\n" });
  }
}
