"""On which line of a file does something stand?"""
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from json import JSONDecoder
from pathlib import Path

import msgspec
import yaml

from kubectl_netpol.inputs.documents import STDIN, Loader, items_of
from kubectl_netpol.snapshot import Origin

_MOST_YAML, _MOST_JSON = 1_000_000, 100_000_000                 # bytes of a file in which lines are looked up
Step = str | int                                                # a field, or the place of an entry


def line_of(origin: Origin, path: str) -> int | None:
    """The line, counted from 1, of a field (spec.ingress[0].ports[1]) of an object, or of the nearest one around it where it is not
    written itself; None where it cannot be told."""
    items = _items(origin.path)
    if items is not None and origin.item <= len(items):
        line, text = items[max(origin.item, 1) - 1]
        return line + _lines_before(text, _steps(path))
    nodes = _nodes(origin.path)
    return line_in(nodes[origin.document - 1], origin.item, path) if origin.document <= len(nodes) else None


def forget() -> None:
    """Files may have changed since they were looked at last."""
    _items.cache_clear()
    _nodes.cache_clear()


def _steps(path: str) -> list[Step]:
    return [field or int(index) for field, index in re.findall(r"([^.\[\]]+)|\[(\d+)]", path)]


def _read(path: str, most: int) -> bytes:
    try:
        return Path(path).read_bytes() if path != STDIN and os.path.getsize(path) < most else b""
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
    """Where the value at some steps within a value stands, of a field its name."""
    if not steps:
        return start
    for step, place, value in _parts(text, start):
        if step == steps[0]:
            return max(place, _place(text, value, steps[1:]))
    return start


_GAP = re.compile(r"[\s,\ufeff]*")
_FIELD = re.compile(r'[\s,]*(?P<name>"(?:[^"\\]|\\.)*")\s*:\s*')
_VALUE = JSONDecoder()


def _parts(text: str, start: int) -> Iterator[tuple[Step, int, int]]:
    """(step, where it stands, where its value stands) of each field of an object, or of each entry of a list."""
    place = start + 1
    if text[start] == "{":
        while field := _FIELD.match(text, place):
            yield field["name"][1:-1] if "\\" not in field["name"] else _VALUE.decode(field["name"]), field.start("name"), field.end()
            place = _VALUE.raw_decode(text, field.end())[1]
    elif text[start] == "[":
        for number in count():
            value = _after(text, place)
            if text[value] == "]":
                return
            yield number, value, value
            place = _VALUE.raw_decode(text, value)[1]


def _after(text: str, place: int) -> int:
    found = _GAP.match(text, place)
    return found.end() if found else place


# ---- YAML


@lru_cache(maxsize=64)
def _nodes(path: str) -> tuple[yaml.Node, ...]:
    return nodes_in(_read(path, _MOST_YAML))


def nodes_in(data: bytes) -> tuple[yaml.Node, ...]:
    """The documents of YAML or JSON with their places; none where it cannot be read."""
    try:
        return tuple(yaml.compose_all(data, Loader=Loader))
    except yaml.YAMLError:
        return ()


def line_in(node: yaml.Node, item: int, path: str) -> int:
    """The line, counted from 1, of a field of an object; of the nearest one around it where it is not written itself."""
    line = node.start_mark.line + 1
    for step in [*(["items", item - 1] if item else []), *_steps(path)]:
        match node, step:
            case yaml.MappingNode(value=pairs), str():
                found = next(((key, value) for key, value in pairs if key.value == step), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            case yaml.SequenceNode(value=entries), int() if step < len(entries):
                node = entries[step]
                line = node.start_mark.line + 1
            case _:
                break
    return line
