// Runs a component under jco and its implementation of WASI, neither of which is ours: node jco.mjs PROGRAM.component.wasm
//
// jco turns the component into ES modules in a folder beside it; the exit code is the program's.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";

const [file] = process.argv.slice(2);
// Below this folder, so that the generated modules find jco's packages.
const out = fs.mkdtempSync(path.join(import.meta.dirname, "node_modules", "transpiled-"));
process.on("exit", () => fs.rmSync(out, { recursive: true }));

const { files } = await transpileBytes(fs.readFileSync(file), { name: "program" });
for (const [name, contents] of Object.entries(files)) {
  const to = path.join(out, name);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(to, contents);
}
// Nothing is open before a program starts unless its host says so.
_setPreopens({ ".": process.cwd(), "/": "/" });
const { run } = await import(pathToFileURL(path.join(out, "program.js")));
try {
  run.run();
} catch (error) {
  process.exitCode = 1;
  if (!error.exitError) throw error;
}
