// The editor: a text area whose text is drawn again below it with colours, marks and line numbers.

import { pieces } from "./highlight.mjs";

export class Editor {
  // `changed` is called when the text is another.
  constructor(root, changed) {
    this.area = root.querySelector("textarea");
    this.under = root.querySelector(".under");
    this.gutter = root.querySelector(".gutter");
    this.marks = [];
    this.area.addEventListener("input", () => {
      // Places in the old text mean nothing in the new one.
      this.marks = [];
      this.draw();
      changed();
    });
    this.area.addEventListener("scroll", () => this.scroll());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  get text() {
    return this.area.value;
  }

  // Replaces the whole text or a part of it so that the browser can undo it.
  replace(text, start = 0, end = this.area.value.length) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    // Firefox's text areas and all others know this command; where it fails, undoing is lost and nothing else.
    if (!document.execCommand("insertText", false, text) || this.area.value.slice(start, start + text.length) !== text) {
      this.area.setRangeText(text, start, end, "end");
      this.area.dispatchEvent(new Event("input"));
    }
  }

  // Marks places: [{start, end, line, severity, title}].
  mark(marks) {
    this.marks = marks;
    this.draw();
  }

  select(start, end) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    const line = this.text.slice(0, start).split("\n").length;
    const height = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, line * height - this.area.clientHeight / 2);
  }

  selectLine(line) {
    const lines = this.text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    this.select(start, start + (lines[line - 1] ?? "").length);
  }

  draw() {
    const marks = this.marks.toSorted((a, b) => a.start - b.start);
    const drawn = document.createDocumentFragment();
    let at = 0;
    for (const [kind, text] of pieces(this.text)) {
      // A piece is cut where a mark begins or ends.
      const end = at + text.length;
      const cuts = marks.flatMap((mark) => [mark.start, Math.max(mark.end, mark.start + 1)]).filter((cut) => cut > at && cut < end);
      for (const cut of [...new Set(cuts)].sort((a, b) => a - b).concat(end)) {
        const mark = marks.find((mark) => mark.start <= at && at < Math.max(mark.end, mark.start + 1));
        drawn.append(piece(kind, this.text.slice(at, cut), mark));
        at = cut;
      }
    }
    // The last line has its height even when it is empty.
    this.under.replaceChildren(drawn, "\n ");
    this.number();
    this.scroll();
  }

  number() {
    const count = this.text.split("\n").length;
    const worst = new Map();
    for (const { line, severity } of this.marks) if (worst.get(line) !== "error") worst.set(line, severity);
    const lines = Array.from({ length: count }, (_, i) => i + 1);
    if (worst.size === 0) this.gutter.textContent = lines.join("\n");
    else this.gutter.replaceChildren(...lines.flatMap((line) => [piece(worst.get(line) ?? "", String(line)), "\n"]));
  }

  scroll() {
    this.under.scrollTop = this.gutter.scrollTop = this.area.scrollTop;
    this.under.scrollLeft = this.area.scrollLeft;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { selectionStart: start, selectionEnd: end } = this.area;
    const before = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start);
    if (event.key === "Escape") this.leaving = true;
    else if (event.key === "Tab" && !this.leaving && !event.shiftKey && start === end) {
      event.preventDefault();
      this.replace("  ", start, end);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const indent = /^ */.exec(before)[0] + (/[{[(]\s*$/.test(before) ? "  " : "");
      this.replace(`\n${indent}`, start, end);
    } else if (event.key === "}" && start === end && /^ {2,}$/.test(before)) {
      event.preventDefault();
      this.replace("}", start - 2, end);
    }
    if (event.key !== "Escape") this.leaving = false;
  }
}

function piece(kind, text, mark) {
  if (!kind && !mark) return document.createTextNode(text);
  const element = document.createElement(mark ? "mark" : "span");
  element.className = [kind, mark?.severity].filter(Boolean).join(" ");
  if (mark) element.title = mark.title;
  element.textContent = text;
  return element;
}
