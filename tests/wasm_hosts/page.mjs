// The playground in a headless Chromium: node page.mjs FOLDER [SCREENSHOT]
//
// Serves the folder, runs programs in the page, and fails unless their output is there. CHROMIUM names the browser.

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import puppeteer from "puppeteer-core";

const [folder, screenshot] = process.argv.slice(2);
const TYPES = { ".html": "text/html", ".css": "text/css", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

const server = http.createServer((request, response) => {
  const name = new URL(request.url, "http://page").pathname.replace(/^\/$/, "/index.html");
  const file = path.join(folder, path.normalize(name));
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
  fs.createReadStream(file).pipe(response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 700 });
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await idle(page, "ready");

  // The program that the page starts with.
  assert.match(await run(page), /^0\n1\n1\n2\n3\n5\n8\n13\n21\n34\nfib\(30\) is 832040\n$/);
  if (screenshot) await page.screenshot({ path: screenshot });

  assert.match(await run(page, 'let xs = [1, 2]\nprint("before")\nprint(xs[5])\n'), /^before\nerror: .*\n *--> main\.mochi:3:9\n/);
  assert.match(await run(page, "let x = 1\nprint(y)\n"), /^error\[.*\]: .*\n *--> main\.mochi:2:7\n/);
  assert.match(await run(page, "fun f(n: int): int {\n  return f(n + 1) + 1\n}\nprint(f(0))\n"), /stack overflow/);

  // A program without an end: the page stays alive, and Stop ends it.
  await write(page, "var n = 0\nwhile true {\n  n = (n + 1) % 1000\n}\n");
  await page.click("#run");
  await page.waitForSelector("#stop:not([disabled])");
  await new Promise((later) => setTimeout(later, 300));
  await page.click("#stop");
  await idle(page, "ready");
  assert.equal(await run(page, "print(6 * 7)\n"), "42\n");

  // Examples bring their input along; the layout can be mended; a link brings its program.
  await page.select("#examples", "words");
  assert.equal(await run(page), fs.readFileSync("examples/words.out", "utf8"));
  await write(page, "print( 1+2 )");
  await page.click("#format");
  await idle(page, "laid out");
  assert.equal(await page.$eval("#source", (area) => area.value), "print(1 + 2)\n");
  await write(page, 'print("été", 1)\n');
  await page.click("#share");
  await idle(page, "link");
  const second = await browser.newPage();
  await second.goto(page.url());
  await idle(second, "ready");
  assert.equal(await run(second), "été 1\n");
  await second.close();

  assert.deepEqual(faults, []);
  console.log("the page works");
} finally {
  await browser.close();
  server.close();
}

async function idle(page, text) {
  const wanted = (pattern) => new RegExp(pattern).test(document.querySelector("#state").textContent);
  try {
    await page.waitForFunction(wanted, { timeout: 60_000 }, text);
  } catch (error) {
    const shown = await page.$eval("main", (main) => main.innerText);
    throw new Error(`the page does not get to "${text}":\n${shown.slice(0, 2000)}`, { cause: error });
  }
}

async function write(page, source) {
  await page.$eval("#source", (area, text) => (area.value = text), source);
}

// Runs a program, or the one that is there; gives what the page shows then.
async function run(page, source) {
  if (source !== undefined) await write(page, source);
  await page.click("#run");
  await idle(page, "exit code|not compiled|failed");
  return page.$eval("#output", (output) => output.textContent);
}
