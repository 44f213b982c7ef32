"""How are the items of a long JSON list decoded? A block after the other, each let go before the next one is read; of a large file of Pods
the later half by another process."""
import os
import stat
from collections.abc import Iterator
from functools import cache, partial
from typing import Any, BinaryIO, Literal

import msgspec
from msgspec import Raw, Struct

from kubectl_netpol import api
from kubectl_netpol.aside import aside, can_fork

BLOCK = 1 << 20                                                 # bytes: what fits into the caches of a processor decodes a third faster
_LARGE = 16 * BLOCK                                             # of a file that is worth another process


class _Pod(api.Pod, frozen=True, kw_only=True):
    """A Pod that says so itself."""

    kind: Literal["Pod"]


class Items(Struct, frozen=True):
    """Some that follow each other: objects of one kind, or JSON of which that is not known."""

    objects: list[Any]
    api_version: str = ""
    kind: str = ""


class _Says(Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""


class _Rest(_Says):
    items: list[Raw] = []


class _RestOfPods(_Says):
    items: list[_Pod] = []


_PODS, _RAWS, _HEADS = msgspec.json.Decoder(list[_Pod]), msgspec.json.Decoder(list[Raw]), msgspec.json.Decoder(list[_Says])


def blocks_of(text: bytes, stream: BinaryIO, gap: bytes, field: bytes) -> Iterator[Items]:
    """The items of a list that begins in a text, behind its "[", and goes on in a stream; as many as were decoded together. gap and field
    are what stands before the first item and behind its "{". A DecodeError tells what is broken."""
    part = _Part(b"}," + gap + b"{" + field, len(gap), text)
    blocks = filter(None, map(part.items, iter(partial(stream.read, BLOCK), b"")))
    first = next(blocks, None)
    if first:
        yield first
    if first and first.kind == "Pod" and (middle := _middle(stream, part.border)):
        yield from _halves(part, stream, middle)
    yield from blocks
    yield Items(msgspec.json.decode(b'{"items":' + part.text, type=_Rest).items)


class _Part:
    """What is read and not yet decoded of a list, from the beginning of an item. It is cut at the last place that looks like the border
    of two items, by the indentation and by the first field of the first one: that what is before it decodes proves the cut."""

    def __init__(self, border: bytes, gap: int, text: bytes = b"") -> None:
        self.border, self.gap, self.text = border, gap, bytearray(b"[" + text)

    def items(self, more: bytes) -> Items | None:
        """The items that are whole; None where more is needed to tell."""
        self.text += more
        end = self.text.rfind(self.border) + 1
        return self.items_before(end) if end else None

    def items_before(self, end: int) -> Items | None:
        """The items before a comma, which are let go with it; None where it is not between two items."""
        self.text[end:end + 1] = b"]"
        try:
            with memoryview(self.text) as whole, whole[:end + 1] as part:
                found = _items(part)
        except msgspec.DecodeError:
            self.text[end:end + 1] = b","
            return None
        del self.text[:end + self.gap]
        self.text[0:1] = b"["
        return found


def _items(text: memoryview) -> Items:
    """Each look at the text costs much less than a look at one item after the other."""
    try:
        return Items(_PODS.decode(text), "v1", "Pod")
    except msgspec.ValidationError:
        pass                                                    # of other kinds, or a Pod that is to be told as wrong
    try:
        heads = {(head.api_version, head.kind) for head in _HEADS.decode(text)}
        for api_version, kind in heads if len(heads) == 1 else ():
            if known := api.KINDS.get((api_version.rpartition("/")[0], kind)):
                return Items(_many_of(known).decode(text), api_version, kind)
    except msgspec.ValidationError:
        pass                                                    # what is wrong is told of one item after the other
    return Items(_RAWS.decode(bytes(text)))


@cache
def _many_of(kind: Any) -> "msgspec.json.Decoder[list[Any]]":
    return msgspec.json.Decoder(list[kind])


# ---- by two processes


def _middle(stream: BinaryIO, border: bytes) -> int | None:
    """Where in a large file the comma of a border seems to be, about the middle of what is not read; None where that is not worth it."""
    try:
        file, place = stream.fileno(), stream.tell()
    except OSError:                                             # it is no file, or a pipe
        return None
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode) or status.st_size - place < _LARGE or not can_fork():
        return None
    half = (place + status.st_size) // 2
    found = os.pread(file, BLOCK, half).find(border)
    return half + found + 1 if found >= 0 else None


def _halves(part: _Part, stream: BinaryIO, middle: int) -> Iterator[Items]:
    """The items of a stream to its end. Where the middle is no border, or where not all behind it are Pods, only what is whole before it:
    the rest is left in the stream."""
    with aside(lambda: _pods_behind(middle, stream.fileno(), part), list[_Pod] | None, is_long=True) as later:
        while more := stream.read(min(BLOCK, middle + 1 - stream.tell())):
            if items := part.items(more):
                yield items
        before = part.items_before(len(part.text) - 1)
        if before:
            yield before
        if before and (found := later()):
            yield Items(found, "v1", "Pod")
            stream.seek(0, os.SEEK_END)
            part.text[:] = b"[]}"


def _pods_behind(middle: int, file: int, part: _Part) -> list[_Pod] | None:
    """The items behind the comma of a border; None where one of them is no Pod, or the list is broken."""
    own, found = _Part(part.border, part.gap), list[_Pod]()
    try:
        for more in _read_from(middle + 1, file):
            if items := own.items(more):
                if items.kind != "Pod":
                    return None
                found += items.objects
        return found + msgspec.json.decode(b'{"items":' + own.text, type=_RestOfPods).items
    except msgspec.DecodeError:
        return None


def _read_from(place: int, file: int) -> Iterator[bytes]:
    """Whatever else reads the file."""
    while more := os.pread(file, BLOCK, place):
        yield more
        place += len(more)
