// The colours of a text: pieces of [class, text], of which "" has no colour. It knows words and shapes only; a mistake costs a colour.

const KEYWORDS = `agent all as bench break by continue distinct else emit except expect export extern fact false fetch for from fun group
having if import in intent intersect into join left let load match model none object on order outer package query return right rule save select
set skip sort stream take test then to true type union update var when where while with`.split(/\s+/);
const TYPES = "int float string bool any bigint bigrat list map unit void".split(" ");
const WORDS = new Map([...TYPES.map((word) => [word, "type"]), ...KEYWORDS.map((word) => [word, "keyword"])]);
const TOKEN = /(?<comment>\/\/.*|#.*|\/\*[^]*?(?:\*\/|$))|(?<string>"(?:\\[^]|[^"\\])*"?)|(?<number>\b\d\w*(?:\.\d\w*)?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)/gu;
// More than this is shown plain: colouring it at each key press would be felt.
const MOST = 300_000;

export function pieces(text) {
  if (text.length > MOST) return [["", text]];
  const found = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const { comment, string, number, word } = match.groups;
    const kind = comment ? "comment" : string ? "string" : number ? "number" : kindOf(word, text[match.index + word.length]);
    if (!kind) continue;
    if (match.index > end) found.push(["", text.slice(end, match.index)]);
    found.push([kind, match[0]]);
    end = match.index + match[0].length;
  }
  found.push(["", text.slice(end)]);
  return found;
}

function kindOf(word, next) {
  return WORDS.get(word) ?? (next === "(" ? "call" : /^\p{Lu}/u.test(word) ? "type" : "");
}
