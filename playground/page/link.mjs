// Programs in links: base64 of JSON behind the `#`, which no server sees.

export function toHash(program) {
  const bytes = new TextEncoder().encode(JSON.stringify(program));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The program of a link; null if there is none. Throws if the link is broken.
export function fromHash(hash) {
  if (hash.length < 2) return null;
  const bytes = Uint8Array.from(atob(hash.slice(1).replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const { source, input } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  return { source: String(source), input: String(input ?? "") };
}
