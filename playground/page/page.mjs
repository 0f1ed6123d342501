// The page: sends the text to a worker, which compiles and runs it, and shows what comes back. The worker is thrown away to
// stop a program, so the page stays alive whatever the program does.

const $ = (id) => document.getElementById(id);
const [source, output, runButton, stopButton, state] = ["source", "output", "run", "stop", "state"].map($);
// More output than this is cut: a page that shows it all would hang.
const MOST_OUTPUT = 1_000_000;

let worker;
let shown = 0;

function start() {
  worker = new Worker("worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = (event) => {
    show("stderr", `the compiler failed: ${event.message}\nPlease report it.\n`);
    restart("failed");
  };
}

function restart(text) {
  worker.terminate();
  start();
  idle(text);
}

function idle(text) {
  state.textContent = text;
  state.dataset.state = "idle";
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
  state.dataset.state = "running";
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
