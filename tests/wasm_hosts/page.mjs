// The playground in a headless Chromium: node page.mjs FOLDER [FOLDER FOR SCREENSHOTS]
//
// Serves the folder, uses the page as people do, and fails unless it shows what it should. CHROMIUM names the browser.

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import puppeteer from "puppeteer-core";

const [folder, screenshots] = process.argv.slice(2);
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
  const origin = `http://127.0.0.1:${server.address().port}`;
  page.on("request", (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(origin) || faults.push(`a request to ${request.url()}`));
  await page.goto(`${origin}/`);
  await idle(page, "ready");

  // The program that the page starts with.
  assert.match(await run(page), /^0\n1\n1\n2\n3\n5\n8\n13\n21\n34\nfib\(30\) is 832040\n$/);
  await shoot(page, "desktop");

  await errorsHavePlaces(page);
  await stagesAreShown(page);
  await programsEnd(page);
  await longOutput(page);
  await programsComeAndGo(page, browser);
  await keys(page);
  await screens(page);

  assert.deepEqual(faults, []);
  console.log("the page works");
} finally {
  await browser.close();
  server.close();
}

async function errorsHavePlaces(page) {
  assert.match(await run(page, 'let xs = [1, 2]\nprint("before")\nprint(xs[5])\n'), /^before\nerror: .*\n *--> main\.mochi:3:9\n/);
  await page.click("#output a");
  assert.equal(await selection(page), "print(xs[5])");
  // What was inlined is in the trace.
  const division = "fun f(n: int): int {\n  return 1 / n\n}\nprint(f(0))\n";
  assert.match(await run(page, division), /\n  at f \(main\.mochi:2:12\)\n  at main \(main\.mochi:4:7\)\n$/);
  assert.match(await run(page, "let x = 1\nprint(y)\n"), /^error\[.*\]: .*\n *--> main\.mochi:2:7\n/);
  assert.equal(await page.$eval(".under mark", (mark) => mark.textContent), "y");
  // While typing, without a run; the fix mends it.
  await write(page, "let title = 1\nprint(titel)\n");
  await page.waitForSelector("#problems .fix");
  await shoot(page, "problem");
  await page.click("#problems .place");
  assert.equal(await selection(page), "titel");
  await page.click("#problems .fix");
  assert.equal(await page.$eval("#source", (area) => area.value), "let title = 1\nprint(title)\n");
  await page.waitForFunction(() => document.querySelector("#problems").children.length === 0);
  assert.equal(await run(page), "1\n");
}

async function stagesAreShown(page) {
  const stages = { types: /x: int/, ir: /func @main/, wat: /^\(module/, c: /#include|mochi_/ };
  await write(page, "let x = 1\nprint(x)\n");
  for (const [name, wanted] of Object.entries(stages)) {
    await page.click(`#tab-${name}`);
    await page.waitForFunction((pattern) => new RegExp(pattern, "m").test(document.querySelector("#stage").textContent), {}, wanted.source);
  }
  await shoot(page, "stage");
  // A program with errors shows them there too.
  await write(page, "let x = 1\nprint(y)\n");
  await page.waitForSelector("#problems .place");
  assert.equal(await page.$eval("#stage", (stage) => stage.textContent), "The program has errors.");
}

// Whatever a program does, the page goes on.
async function programsEnd(page) {
  assert.match(await run(page, "fun f(n: int): int {\n  return f(n + 1) + 1\n}\nprint(f(0))\n"), /stack overflow\n  --> main.mochi:[12]:.*\n(.*\n){3}(  at f .*\n){12}  \.\.\. \d+ more\n/);
  await run(page, "fun f(n: int): int {\n  if n == 0 { return 0 }\n  return f(n - 1) + 1\n}\nprint(f(1000000))\n");
  assert.match(await run(page, "var xs = [1]\nwhile true {\n  xs = xs + xs\n}\n"), /out of memory/);
  for (const endless of ["var n = 0\nwhile true {\n  n = (n + 1) % 1000\n}\n", 'while true {\n  print("again and again")\n}\n']) {
    await write(page, endless);
    await page.click("#run");
    await page.waitForSelector("#stop:not([disabled])");
    await new Promise((later) => setTimeout(later, 300));
    await page.click("#stop");
    await idle(page, "ready");
    assert.equal(await run(page, "print(6 * 7)\n"), "42\n");
  }
}

async function longOutput(page) {
  const shown = await run(page, "for i in 0..100000 {\n  print(i)\n}\n");
  assert.equal(shown.length, 588890);
  assert.ok(shown.endsWith("99999\n"));
  assert.match(await run(page, 'for i in 0..1000000 {\n  print("a line of output")\n}\n'), /the rest of the output is not shown\n$/);
  assert.equal(await run(page, "print(6 * 7)\n"), "42\n");
}

// Examples bring their input along; the layout can be mended; a link brings its program.
async function programsComeAndGo(page, browser) {
  const names = await page.$$eval("#examples option[value]:not([value=''])", (options) => options.map(({ value }) => value));
  assert.ok(names.length > 1);
  for (const name of names) {
    await page.select("#examples", name);
    assert.equal(await run(page), fs.readFileSync(`examples/${name}.out`, "utf8"));
  }
  await shoot(page, "example");
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
}

// Typed by hand: blocks are indented, colours and line numbers follow, shortcuts work.
async function keys(page) {
  await write(page, "");
  await page.focus("#source");
  await page.keyboard.type('for i in 0..2 {\nprint("a", i)\n}');
  assert.equal(await page.$eval("#source", (area) => area.value), 'for i in 0..2 {\n  print("a", i)\n}');
  assert.equal(await page.$eval(".under .keyword", (word) => word.textContent), "for");
  assert.equal(await page.$eval(".gutter", (gutter) => gutter.textContent), "1\n2\n3");
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await idle(page, "exit code");
  assert.equal(await shownOutput(page), "a 0\na 1\n");
}

async function screens(page) {
  if (!screenshots) return;
  await page.select("#examples", "queries");
  await run(page);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await shoot(page, "dark");
  await page.setViewport({ width: 390, height: 780, isMobile: true, hasTouch: true });
  await shoot(page, "phone");
}

async function shoot(page, name) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

async function selection(page) {
  return page.$eval("#source", (area) => area.value.slice(area.selectionStart, area.selectionEnd));
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
  await page.$eval("#source", (area, text) => ((area.value = text), area.dispatchEvent(new Event("input"))), source);
}

// Runs a program, or the one that is there; gives what the page shows then.
async function run(page, source) {
  if (source !== undefined) await write(page, source);
  await page.click("#run");
  await idle(page, "exit code|not compiled|failed");
  return shownOutput(page);
}

async function shownOutput(page) {
  return page.$eval("#output", (output) => output.textContent);
}
