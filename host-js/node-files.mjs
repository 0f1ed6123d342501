// The files of the machine that Node runs on.

import fs from "node:fs";
import { FileError } from "./host.mjs";

// Node's error names as WASI's error codes; anything else is "io".
const CODES = { EACCES: 0, EEXIST: 7, EISDIR: 14, ENOENT: 20, ENOSPC: 23, ENOTDIR: 24, EPERM: 31, EROFS: 33 };
const IO = 13;

function attempt(operation) {
  try {
    return operation();
  } catch (error) {
    throw new FileError(CODES[error.code] ?? IO);
  }
}

export const nodeFiles = {
  open(path, { create, truncate, write }) {
    const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC } = fs.constants;
    const flags = (write ? O_WRONLY : O_RDONLY) | (create ? O_CREAT : 0) | (truncate ? O_TRUNC : 0);
    const fd = attempt(() => fs.openSync(path, flags));
    return {
      stat: () =>
        attempt(() => {
          const stat = fs.fstatSync(fd);
          return { isDirectory: stat.isDirectory(), size: stat.size };
        }),
      read: (length, offset) =>
        attempt(() => {
          const bytes = new Uint8Array(length);
          return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, offset));
        }),
      write: (bytes, offset) =>
        attempt(() => {
          let done = 0;
          while (done < bytes.length) done += fs.writeSync(fd, bytes, done, bytes.length - done, offset + done);
        }),
      close: () => fs.closeSync(fd),
    };
  },
};
