// Runs a core module in Node: node run-node.mjs PROGRAM.wasm
//
// The program runs in a worker, since only a worker's stack can be made large. Exit codes: the program's; 2 for wrong usage;
// 70 for a trap that is no fault of the program.

import fs from "node:fs";
import tty from "node:tty";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { run } from "./host.mjs";
import { nodeFiles } from "./node-files.mjs";

const STACK_MB = 256;
const FAULT = 70;

if (isMainThread) {
  const [path, ...rest] = process.argv.slice(2);
  if (!path || rest.length > 0) {
    console.error("usage: node run-node.mjs PROGRAM.wasm");
    process.exit(2);
  }
  const worker = new Worker(new URL(import.meta.url), {
    workerData: path,
    resourceLimits: { stackSizeMb: STACK_MB, maxOldGenerationSizeMb: 4096 },
  });
  worker.on("message", (exitCode) => {
    process.exitCode = exitCode;
  });
  worker.on("error", (error) => {
    fs.writeSync(2, `error: the program could not be run to its end: ${error.message}\n`);
    process.exitCode = FAULT;
  });
} else {
  await main(workerData);
}

async function main(path) {
  const { parentPort } = await import("node:worker_threads");
  const { exitCode, trace } = await run(fs.readFileSync(path), {
    stdout: (bytes) => writeAll(1, bytes),
    stderr: (bytes) => writeAll(2, bytes),
    stdin: readSome,
    env: process.env,
    terminal: [0, 1, 2].map((fd) => tty.isatty(fd)),
    files: nodeFiles,
  });
  writeAll(2, new TextEncoder().encode(trace));
  parentPort.postMessage(exitCode);
}

function writeAll(fd, bytes) {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      // A pipe whose reader is slow.
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function readSome(most) {
  const bytes = new Uint8Array(most);
  for (;;) {
    try {
      return bytes.subarray(0, fs.readSync(0, bytes, 0, most, null));
    } catch (error) {
      if (error.code === "EOF") return new Uint8Array();
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
