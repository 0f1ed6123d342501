#!/usr/bin/env python3
"""Counts the functions that keep a tagged value (`any`, or an int, float or bool that may be none) in a loop.

usage: tests/tagged.py [-v] MOCHI FILE|FOLDER...

Sums the closing line of `mochi dump --types` over all programs and prints the programs with most such functions; `-v` shows
each one's variables, results and fields that are tagged, with what forced them.
"""
import pathlib, re, subprocess, sys

TAGGED = re.compile(r"\bany\(|  boxed$")


def programs(arguments):
    for argument in map(pathlib.Path, arguments):
        yield from sorted(argument.rglob("*.mochi")) if argument.is_dir() else [argument]


def main():
    arguments = sys.argv[1:]
    verbose = arguments[0] == "-v"
    mochi, *rest = arguments[verbose:]
    found, total, rows, refused = 0, 0, [], 0
    for program in programs(rest):
        text = subprocess.run([mochi, "dump", "--types", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        closing = re.search(r"^functions with a tagged value in a loop: (\d+) of (\d+)(?:: (.*))?", text, re.M)
        if not closing:
            refused += 1
            continue
        found, total = found + int(closing[1]), total + int(closing[2])
        if closing[3]:
            rows.append((int(closing[1]), program.stem, closing[3], [line for line in text.split("\n") if TAGGED.search(line) or " from " in line]))
    for count, name, names, lines in sorted(rows, key=lambda row: (-row[0], row[1])):
        print(f"{count:4} {name}: {names}")
        if verbose:
            print("\n".join(lines))
    print(f"{found} of {total} functions keep a tagged value in a loop, in {len(rows)} programs; {refused} programs refused")


if __name__ == "__main__":
    main()
