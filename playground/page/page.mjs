// The page: sends the text to a worker, which compiles and runs it, and shows what comes back. The worker is thrown away to
// stop a program, so the page stays alive whatever the program does.

const $ = (id) => document.getElementById(id);
const [source, output, runButton, stopButton, state] = ["source", "output", "run", "stop", "state"].map($);
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
  runButton.disabled = false;
  stopButton.disabled = true;
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
    case "done":
      idle(message.text);
      break;
  }
}

function run() {
  if (runButton.disabled) return;
  output.replaceChildren();
  shown = 0;
  state.textContent = "running ...";
  runButton.disabled = true;
  stopButton.disabled = false;
  worker.postMessage(source.value);
}

runButton.onclick = run;
stopButton.onclick = () => restart("stopped");
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
runButton.disabled = true;
start();
