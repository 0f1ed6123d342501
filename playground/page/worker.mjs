// Compiles and runs one program at a time, or lays it out. Messages to the page: ready; stdout and stderr with text; formatted
// with text, if it parses; done with a summary.

import init, { compile, format } from "./playground.js";
import { run } from "./host.mjs";

await init({ module_or_path: new URL("playground_bg.wasm", import.meta.url) });
postMessage({ kind: "ready" });

onmessage = async ({ data: { kind, source, input } }) => {
  if (kind === "format") {
    postMessage({ kind: "formatted", text: format(source) });
    return;
  }
  const started = performance.now();
  const { diagnostics, module } = compile(source);
  if (diagnostics) postMessage({ kind: "stderr", text: diagnostics });
  if (!module) {
    postMessage({ kind: "done", text: "not compiled" });
    return;
  }
  const compiled = performance.now();
  const text = await execute(module, input);
  const [took, ran] = [compiled - started, performance.now() - compiled].map((ms) => ms.toFixed(0));
  postMessage({ kind: "done", text: `${text}; compiled in ${took} ms, ran ${ran} ms` });
};

async function execute(module, input) {
  // One decoder for each stream: a character may be cut in two by the program's buffer.
  const sink = (kind) => {
    const decoder = new TextDecoder();
    return (bytes) => postMessage({ kind, text: decoder.decode(bytes, { stream: true }) });
  };
  try {
    const { exitCode, trace } = await run(module, { stdout: sink("stdout"), stderr: sink("stderr"), stdin: input });
    if (trace.length > 0) postMessage({ kind: "stderr", text: trace.map((name) => `  at ${name}\n`).join("") });
    return `exit code ${exitCode}`;
  } catch (error) {
    postMessage({ kind: "stderr", text: `the program could not be run to its end: ${error.message}\nPlease report it.\n` });
    return "failed";
  }
}
