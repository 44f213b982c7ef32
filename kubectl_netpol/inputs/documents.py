"""Which documents does a file hold? YAML and JSON, lists taken apart, whatever their size; hostile ones are refused, not followed."""
import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
from msgspec import Raw, Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.blocks import BLOCK, Items, blocks_of
from kubectl_netpol.snapshot import Origin

STDIN = "-"


class Document(Struct, frozen=True):
    """One object as it stands in a file: a dict, or JSON not yet decoded; or Structs of api, of many objects that follow each other."""

    origin: Origin
    api_version: str
    kind: str
    body: Any


class _Head(Struct, rename="camel"):
    api_version: Any = None
    kind: Any = None


class _List(Struct, rename="camel"):
    items: list[Raw] | None
    api_version: str = ""
    kind: str = ""


def documents_in(stream: BinaryIO, path: str, *, whole: bool = False) -> Iterator[Document]:
    """In order. Documents that hold nothing are left out. whole: bodies are dicts or JSON, never Structs.

    A NetpolError names the file, the line and the column of what cannot be read.
    """
    data = stream.read(BLOCK)
    start = _BEFORE_ITEMS.match(data.removeprefix(_MARK))
    if start and len(data) == BLOCK and not whole:
        yield from _big_list(data.removeprefix(_MARK), stream, start, path)
        return
    data = (data + stream.read()).removeprefix(_MARK)
    if not data.strip():
        raise NetpolError(f"{path} is empty", hint="name manifests, or the output of kubectl get -o yaml or -o json")
    if b"\x00" in data[:8192] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NetpolError(f"{path} is a binary file", hint="name manifests, or the output of kubectl get -o yaml or -o json")
    yield from _json(data, path) if data.lstrip()[:1] == b"{" else _yaml(data, path)


def _objects(body: Any, origin: Origin) -> Iterator[Document]:
    """A document, or the items of a list: what items do not say of themselves, the list's kind says (ServiceList: Service)."""
    if not isinstance(body, dict):
        yield Document(origin, "", "", body)
        return
    api_version, kind = _text(body.get("apiVersion")), _text(body.get("kind"))
    if not (kind.endswith("List") and isinstance(body.get("items"), list | None)):
        yield Document(origin, api_version, kind, body)
        return
    own = "" if kind == "List" else kind.removesuffix("List")
    for number, item in enumerate(body.get("items") or (), start=1):
        if isinstance(item, dict):
            item = {"apiVersion": api_version if own else "", "kind": own, **item}
        yield from _objects(item, Origin(origin.path, origin.document, number))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _yaml(data: bytes, path: str) -> Iterator[Document]:
    from kubectl_netpol.inputs.yaml_values import values_in  # what is in JSON needs no YAML
    for number, body in values_in(data, path):
        yield from _objects(body, Origin(path, number))


# ---- JSON

_MARK = codecs.BOM_UTF8
_FIELD = rb'(?:"(?:kind|apiVersion)"\s*:\s*"[^"]*"|"metadata"\s*:\s*\{[^{}]*\})\s*,\s*'
_BEFORE_ITEMS = re.compile(rb'\s*\{\s*(?:' + _FIELD + rb')*(?P<items>"items")\s*:\s*\[(?P<gap>\s*)\{(?P<first>\s*"[^"]*"\s*:)')
_HEAD = msgspec.json.Decoder(_Head)
_ITEMS = msgspec.json.Decoder(_List)


def _json(data: bytes, path: str) -> Iterator[Document]:
    try:
        head = _HEAD.decode(data)
        if _text(head.kind).endswith("List"):
            yield from _raw_items(_ITEMS.decode(data), path)
        else:
            yield Document(Origin(path), _text(head.api_version), _text(head.kind), Raw(data))
    except msgspec.DecodeError as error:
        if "trailing characters" in str(error):
            yield from _one_after_another(data, path)
            return
        raise _broken_json(data, path, error) from None
    except RecursionError:
        raise NetpolError(f"{path} is nested too deeply", hint="no manifest has hundreds of levels") from None


def _one_after_another(data: bytes, path: str) -> Iterator[Document]:
    """JSON objects without anything between them, as several kubectl runs print them; else it is YAML in braces."""
    decoder, bodies = json.JSONDecoder(), []
    text = data.decode("utf-8", "replace")
    while text:
        try:
            body, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            yield from _yaml(data, path)
            return
        bodies.append(body)
        text = text[end:].lstrip()
    for number, body in enumerate(bodies, start=1):
        yield from _objects(body, Origin(path, number))


def _raw_items(found: _List, path: str) -> Iterator[Document]:
    own = "" if found.kind == "List" else found.kind.removesuffix("List")
    for number, item in enumerate(found.items or (), start=1):
        yield _raw_document(item, Origin(path, 1, number), own and found.api_version, own)


def items_of(data: bytes) -> list[Raw] | None:
    """The objects of a JSON document as they are written: the items of a list, or itself. None where it is no single JSON object."""
    try:
        found = _ITEMS.decode(data.removeprefix(_MARK))
    except msgspec.ValidationError:                             # no list
        return [Raw(data)]
    except (msgspec.DecodeError, RecursionError):
        return None
    return found.items if found.kind.endswith("List") else [Raw(data)]


def _raw_document(item: Raw, origin: Origin, api_version: str, kind: str) -> Document:
    try:
        head = _HEAD.decode(item)
    except msgspec.ValidationError:
        return Document(origin, "", "", msgspec.json.decode(item))
    return Document(origin, _text(head.api_version) or api_version, _text(head.kind) or kind, item)


def _big_list(data: bytes, stream: BinaryIO, start: re.Match[bytes], path: str) -> Iterator[Document]:
    """The items of a block are let go before the next one is read."""
    head, number = _HEAD.decode(data[:start.start("items")].rstrip().rstrip(b",") + b"}"), 1
    kind = "" if head.kind in (None, "List") else _text(head.kind).removesuffix("List")
    try:
        for items in blocks_of(data[start.end("gap"):], stream, start["gap"], start["first"]):
            yield from _listed(items, Origin(path, 1, number), kind and _text(head.api_version), kind)
            number += len(items.objects)
    except msgspec.DecodeError as error:
        if stream.seekable():                                   # told again of the whole, for the line
            stream.seek(0)
            yield from _json(stream.read(), path)
        raise NetpolError(f"{path}: broken JSON after item {number - 1}: {error}", hint=_WRITE_AGAIN) from None


def _listed(items: Items, first: Origin, api_version: str, kind: str) -> Iterator[Document]:
    """What is decoded as one document."""
    if items.kind:
        yield Document(first, items.api_version, items.kind, items.objects)
        return
    for number, item in enumerate(items.objects, start=first.item):
        yield _raw_document(item, Origin(first.path, first.document, number), api_version, kind)


_WRITE_AGAIN = "write the file again, as kubectl get -o json prints it"
_AT_BYTE = re.compile(r"\(byte (\d+)\)")


def _broken_json(data: bytes, path: str, error: Exception) -> NetpolError:
    found = _AT_BYTE.search(str(error))
    if "truncated" in str(error):
        place, problem = len(data), "the JSON ends in the middle"
    else:
        place, problem = int(found[1]) if found else 0, "broken JSON"
    line, column = data.count(b"\n", 0, place) + 1, place - (data.rfind(b"\n", 0, place) + 1) + 1
    reason = "" if "truncated" in str(error) else f": {_AT_BYTE.sub('', str(error)).removeprefix('JSON is malformed: ').strip()}"
    return NetpolError(f"{path}:{line}:{column}: {problem}{reason}", hint=_WRITE_AGAIN)
