// What a program writes, in blocks of whole lines, so that the browser lays out only those in sight.

// A program's place in an error: a click goes there.
const PLACE = /main\.mochi:(\d+)(?::\d+)?/g;

export class Output {
  // `go` is called with the line that was clicked.
  constructor(root, go) {
    this.root = root;
    root.addEventListener("click", (event) => {
      const line = event.target.dataset?.line;
      if (line) go(Number(line));
    });
  }

  clear() {
    this.root.replaceChildren();
  }

  // Text that ends with its last line's end, but for the last of a program.
  show(kind, text) {
    const isAtEnd = this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 40;
    const block = document.createElement("div");
    block.className = text.length < 2000 ? `${kind} short` : kind;
    if (kind === "stderr") block.append(...withPlaces(text));
    else block.textContent = text;
    this.root.append(block);
    if (isAtEnd) this.root.scrollTop = this.root.scrollHeight;
  }

  get text() {
    return this.root.textContent;
  }
}

function withPlaces(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(PLACE)) {
    const link = document.createElement("a");
    link.href = "#";
    link.onclick = () => false;
    link.dataset.line = match[1];
    link.textContent = match[0];
    parts.push(text.slice(end, match.index), link);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
