"""How is a table written, and where is it kept in README.md?"""
from collections.abc import Iterable, Iterator

from measure import HERE

README = HERE / "README.md"


def heading(columns: str) -> Iterator[str]:
    """The first two lines of a table: 'pods> | what' are two columns, of which the first one holds numbers."""
    names = [name.strip() for name in columns.split("|")]
    yield row(name.removesuffix(">") for name in names)
    yield "|" + "|".join("---:" if name.endswith(">") else "---" for name in names) + "|"


def row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def save(name: str, lines: Iterable[str]) -> None:
    """Puts the lines between the two marks of that name."""
    start, end = f"<!-- {name} table -->", f"<!-- end of {name} table -->"
    before, found, rest = README.read_text(encoding="utf-8").partition(start)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise SystemExit(f"error: {README} has no place for the {name} table")
    README.write_text("\n".join((before + start, *lines, end + after)), encoding="utf-8")
