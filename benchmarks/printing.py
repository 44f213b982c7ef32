"""Lays out the lines of a file in columns and prints them: the floor under printing a table in Python.

    printing.py FILE        columns are what two spaces or more separate
"""
import re
import sys
from pathlib import Path

COLUMNS = re.compile(r"(?<=\S) {2,}")


def main() -> None:
    rows = [COLUMNS.split(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    widths: list[int] = []
    for cells in rows:
        widths += [0] * (len(cells) - len(widths))
        if len(cells) > 1:
            for place, cell in enumerate(cells):
                widths[place] = max(widths[place], len(cell))
    for cells in rows:
        print("  ".join([cell.ljust(width) for cell, width in zip(cells, widths)]).rstrip())


if __name__ == "__main__":
    main()
