// The page: sends the text to a worker, which compiles and runs it, and shows what comes back. The worker is thrown away to
// stop a program, so the page stays alive whatever the program does. A link carries its program behind the `#`; no server sees it.

const $ = (id) => document.getElementById(id);
const [source, input, output, state] = ["source", "input", "output", "state"].map($);
const [runButton, stopButton, formatButton, shareButton, menu] = ["run", "stop", "format", "share", "examples"].map($);
// More output than this is cut: a page that shows it all would hang.
const MOST_OUTPUT = 1_000_000;

let worker;
let isReady = false;
let shown = 0;

function start() {
  isReady = false;
  worker = new Worker("worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => {
    show("stderr", `the compiler failed: ${event.message}\nPlease report it.\n`);
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
  state.textContent = text;
  runButton.disabled = formatButton.disabled = false;
  stopButton.disabled = true;
}

function busy(text) {
  state.textContent = text;
  runButton.disabled = formatButton.disabled = true;
}

function show(kind, text) {
  if (shown > MOST_OUTPUT) return;
  shown += text.length;
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = shown > MOST_OUTPUT ? "\n... the rest of the output is not shown\n" : text;
  output.append(span);
}

function receive(message) {
  switch (message.kind) {
    case "ready":
      isReady = true;
      idle("ready");
      break;
    case "stdout":
    case "stderr":
      show(message.kind, message.text);
      break;
    case "formatted":
      if (message.text === undefined) idle("not laid out: it does not parse; Run shows where");
      else {
        source.value = message.text;
        idle("laid out");
      }
      break;
    case "done":
      idle(message.text);
      break;
  }
}

function run() {
  if (runButton.disabled) return;
  output.replaceChildren();
  shown = 0;
  busy("running ...");
  stopButton.disabled = false;
  worker.postMessage({ kind: "run", source: source.value, input: input.value });
}

function format() {
  busy("laying out ...");
  worker.postMessage({ kind: "format", source: source.value });
}

async function share() {
  const text = JSON.stringify({ source: source.value, input: input.value });
  location.hash = btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  try {
    await navigator.clipboard.writeText(location.href);
    state.textContent = "link copied";
  } catch {
    state.textContent = "the link is in the address bar";
  }
}

// The program of a link; a broken link leaves the page as it is.
function openLink() {
  if (location.hash.length < 2) return;
  try {
    const bytes = Uint8Array.from(atob(location.hash.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const program = JSON.parse(new TextDecoder().decode(bytes));
    open(String(program.source), String(program.input ?? ""));
  } catch {
    show("stderr", "this link holds no program\n");
  }
}

function open(text, given) {
  source.value = text;
  input.value = given;
  input.closest("details").open = given !== "";
}

async function fillMenu() {
  const examples = await (await fetch("examples.json")).json();
  for (const { name } of examples) menu.append(new Option(name, name));
  menu.onchange = () => {
    const example = examples.find(({ name }) => name === menu.value);
    if (example) open(example.source, example.input);
  };
}

runButton.onclick = run;
formatButton.onclick = format;
shareButton.onclick = share;
stopButton.onclick = () => restart("stopped");
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
runButton.disabled = formatButton.disabled = true;
openLink();
start();
fillMenu();
