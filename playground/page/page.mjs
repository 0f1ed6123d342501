// The page: sends the text to a worker, which compiles and runs it, and shows what comes back. The worker is thrown away to
// stop a program, so the page stays alive whatever the program does.

import { Editor } from "./editor.mjs";
import { fromHash, toHash } from "./link.mjs";
import { Output } from "./output.mjs";

const $ = (id) => document.getElementById(id);
const [input, state, problems, stage] = ["input", "state", "problems", "stage"].map($);
const [runButton, stopButton, formatButton, shareButton, menu] = ["run", "stop", "format", "share", "examples"].map($);
const tabs = [...document.querySelectorAll("[role=tab]")];
// How long typing rests before the program is checked.
const REST = 400;

let worker;
let isReady = false;
let isBusy = true;
// Requests are numbered: answers to old ones count no more.
let request = 0;
let checking;

const editor = new Editor($("editor"), () => {
  problems.replaceChildren();
  later();
});
const output = new Output($("output"), (line) => editor.selectLine(line));

function start() {
  isReady = false;
  worker = new Worker("worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => {
    event.preventDefault();
    output.show("stderr", `the compiler or its memory failed: ${event.message ?? "no more is known"}\n`);
    // One that does not even start would not the next time either.
    if (isReady) restart("failed");
    else state.textContent = "failed";
  };
}

function restart(text) {
  worker.terminate();
  start();
  state.textContent = text;
  stopButton.disabled = true;
}

function idle(text) {
  isBusy = false;
  state.textContent = text;
  runButton.disabled = formatButton.disabled = false;
  stopButton.disabled = true;
}

function ask(kind, text, more = {}) {
  isBusy = true;
  request += 1;
  if (text) state.textContent = text;
  if (kind === "run" || kind === "format") runButton.disabled = formatButton.disabled = true;
  worker.postMessage({ kind, request, source: editor.text, ...more });
}

function receive(message) {
  if (message.kind === "ready") {
    isReady = true;
    idle(state.textContent === "stopped" ? "stopped; ready" : "ready");
    return shown() === "output" ? later() : showStage();
  }
  if (message.request !== request) return;
  switch (message.kind) {
    case "stdout":
    case "stderr":
    case "note":
      output.show(message.kind, message.text);
      break;
    case "problems":
      showProblems(message.problems);
      if (shown() === "output" && stopButton.disabled) idle(state.textContent);
      break;
    case "stage":
      stage.textContent = message.text ?? "The program has errors.";
      idle(state.textContent);
      break;
    case "formatted":
      if (message.text === undefined) idle("not laid out: it does not parse");
      else {
        if (message.text !== editor.text) editor.replace(message.text);
        idle("laid out");
      }
      later();
      break;
    case "done":
      idle(message.text);
      break;
  }
}

function run() {
  if (runButton.disabled) return;
  select("output");
  output.clear();
  ask("run", "running …", { input: input.value });
  stopButton.disabled = false;
}

function stop() {
  if (!stopButton.disabled) restart("stopped");
}

function format() {
  if (!formatButton.disabled) ask("format", "laying out …");
}

// Checks the program, or shows the stage that is looked at, when typing rests.
function later() {
  clearTimeout(checking);
  checking = setTimeout(() => {
    if (!isReady || isBusy) return later();
    if (shown() === "output") ask("check");
    else showStage();
  }, REST);
}

function showProblems(found) {
  editor.mark(found.map(({ start, end, line, severity, message, label }) => ({ start, end, line, severity, title: label || message })));
  problems.replaceChildren(...found.slice(0, 50).map(problem));
}

function problem({ severity, code, message, line, start, end, help, fixes }) {
  const item = document.createElement("li");
  item.className = severity;
  item.append(button("place", `${line}: ${message}`, () => editor.select(start, end)));
  item.querySelector("button").title = code;
  for (const fix of fixes) item.append(button("fix", `Fix: ${fix.message}`, () => apply(fix)));
  const text = document.createElement("span");
  text.className = "help";
  text.textContent = help;
  item.append(text);
  return item;
}

function button(kind, text, act) {
  const made = document.createElement("button");
  made.className = kind;
  made.textContent = text;
  made.onclick = act;
  return made;
}

// From the end on, so that the places of the others stay true.
function apply({ edits }) {
  for (const { start, end, text } of edits.toSorted((a, b) => b.start - a.start)) editor.replace(text, start, end);
}

function shown() {
  return tabs.find((tab) => tab.ariaSelected === "true").id.slice("tab-".length);
}

function select(name) {
  for (const tab of tabs) {
    const isChosen = tab.id === `tab-${name}`;
    tab.ariaSelected = String(isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
  }
  $("output").hidden = name !== "output";
  stage.hidden = name === "output";
  stage.setAttribute("aria-labelledby", `tab-${name}`);
}

function showStage() {
  if (isReady && stopButton.disabled) ask("stage", "", { name: shown() });
}

async function share() {
  location.hash = toHash({ source: editor.text, input: input.value });
  try {
    await navigator.clipboard.writeText(location.href);
    state.textContent = "link copied";
  } catch {
    state.textContent = "the link is in the address bar";
  }
}

function open({ source, input: given }) {
  editor.replace(source);
  editor.area.setSelectionRange(0, 0);
  editor.area.scrollTop = 0;
  input.value = given;
  input.closest("details").open = given !== "";
}

// A broken link leaves the page as it is.
function openLink() {
  try {
    const program = fromHash(location.hash);
    if (program && program.source !== editor.text) open(program);
  } catch {
    output.show("stderr", "this link holds no program\n");
  }
}

async function fillMenu() {
  const examples = await (await fetch("examples.json")).json();
  for (const { name } of examples) menu.append(new Option(name, name));
  menu.onchange = () => {
    const example = examples.find(({ name }) => name === menu.value);
    if (example) open(example);
  };
}

runButton.onclick = run;
stopButton.onclick = stop;
formatButton.onclick = format;
shareButton.onclick = share;
for (const [i, tab] of tabs.entries()) {
  tab.onclick = () => {
    select(tab.id.slice("tab-".length));
    if (shown() !== "output") showStage();
  };
  tab.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs.at((i + step) % tabs.length);
    next.focus();
    next.click();
  };
}
document.addEventListener("keydown", (event) => {
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && isCommand) run();
  else if (event.key === "s" && isCommand) {
    event.preventDefault();
    format();
  } else if (event.key === "Escape") stop();
});
addEventListener("hashchange", openLink);
runButton.disabled = formatButton.disabled = true;
openLink();
start();
fillMenu();
