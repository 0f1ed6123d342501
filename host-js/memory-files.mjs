// Files in memory, for pages: a Map from path to Uint8Array that the caller may fill and read.

import { FileError } from "./host.mjs";

const NO_ENTRY = 20;

export function memoryFiles(contents = new Map()) {
  return {
    contents,
    // Gives an object with `stat`, `read`, `write` and `close`; throws a FileError.
    open(path, { create, truncate }) {
      const name = path.replace(/^(\.?\/)+/, "");
      if (!contents.has(name) && !create) throw new FileError(NO_ENTRY);
      if (truncate || !contents.has(name)) contents.set(name, new Uint8Array());
      return {
        stat: () => ({ isDirectory: false, size: contents.get(name).length }),
        read: (length, offset) => contents.get(name).slice(offset, offset + length),
        write(bytes, offset) {
          const old = contents.get(name);
          const grown = new Uint8Array(Math.max(old.length, offset + bytes.length));
          grown.set(old);
          grown.set(bytes, offset);
          contents.set(name, grown);
        },
        close() {},
      };
    },
  };
}
