"""On which line of a file does something stand?"""
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from json import JSONDecoder
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kubectl_netpol.inputs.documents import STDIN, items_of
from kubectl_netpol.snapshot import Origin

if TYPE_CHECKING:                                               # what is in JSON needs no YAML
    import yaml

_MOST_YAML, _MOST_JSON = 1_000_000, 100_000_000                 # bytes of a file in which lines are looked up
Step = str | int                                                # a field, or the place of an entry


def line_of(origin: Origin, path: str) -> int | None:
    """The line, counted from 1, of a field (spec.ingress[0].ports[1]) of an object, or of the nearest one around it where it is not
    written itself; None where it cannot be told."""
    items = _items(origin.path)
    if items is not None and origin.item <= len(items):
        line, text = items[max(origin.item, 1) - 1]
        return line + _lines_before(text, steps_of(path))
    from kubectl_netpol.inputs.yaml_lines import line_in
    nodes = _nodes(origin.path)
    return line_in(nodes[origin.document - 1], origin.item, steps_of(path)) if origin.document <= len(nodes) else None


def forget() -> None:
    """Files may have changed since they were looked at last."""
    _items.cache_clear()
    _nodes.cache_clear()


def steps_of(path: str) -> list[Step]:
    return [field or int(index) for field, index in re.findall(r"([^.\[\]]+)|\[(\d+)]", path)]


def _read(path: str, most: int) -> bytes:
    try:
        is_there = path != STDIN and os.path.isfile(path)       # what a pipe held is gone, and to wait for more would be for ever
        return Path(path).read_bytes() if is_there and os.path.getsize(path) < most else b""
    except OSError:
        return b""


# ---- JSON


@lru_cache(maxsize=64)
def _items(path: str) -> list[tuple[int, msgspec.Raw]] | None:
    """The objects of a JSON file, of a list its items, each with its first line; None for other files."""
    data, found = _read(path, _MOST_JSON), []
    line, place = 1, 0
    for item in items_of(data) or ():
        start = data.find(item, place)
        line += data.count(b"\n", place, start)
        found.append((line, item))
        line += data.count(b"\n", start, start + len(memoryview(item)))
        place = start + len(memoryview(item))
    return found or None


def _lines_before(item: msgspec.Raw, steps: Sequence[Step]) -> int:
    text = bytes(item).decode("utf-8", "replace")
    return text.count("\n", 0, _place(text, _after(text, 0), steps))


def _place(text: str, start: int, steps: Sequence[Step]) -> int:
    """Where the value at some steps within a value stands, of a field its name; of the nearest one around it where it is not there."""
    place = start
    for step in steps:
        found = _field(text, start, step) if isinstance(step, str) else _entry(text, start, step)
        if found is None:
            break
        place, start = found
    return place


_GAP = re.compile(r"[\s,\ufeff]*")
_FIELD = re.compile(r'[\s,]*"((?:[^"\\]|\\.)*)"\s*:\s*')
_VALUE = JSONDecoder().raw_decode                               # (value, where it ends) of the one that begins there


def _field(text: str, start: int, name: str) -> tuple[int, int] | None:
    """Where a field of an object stands, and where its value."""
    place = start + 1
    while text[start] == "{" and (field := _FIELD.match(text, place)):
        if name == (field[1] if "\\" not in field[1] else _VALUE(text, field.start(1) - 1)[0]):
            return field.start(1) - 1, field.end()
        place = _VALUE(text, field.end())[1]
    return None


def _entry(text: str, start: int, number: int) -> tuple[int, int] | None:
    """Likewise of an entry of a list."""
    place = start + 1
    while text[start] == "[":
        place = _after(text, place)
        if text[place] == "]":
            break
        if number == 0:
            return place, place
        place, number = _VALUE(text, place)[1], number - 1
    return None


def _after(text: str, place: int) -> int:
    found = _GAP.match(text, place)
    return found.end() if found else place


# ---- YAML


@lru_cache(maxsize=64)
def _nodes(path: str) -> "tuple[yaml.Node, ...]":
    from kubectl_netpol.inputs.yaml_lines import nodes_in
    return nodes_in(_read(path, _MOST_YAML))
