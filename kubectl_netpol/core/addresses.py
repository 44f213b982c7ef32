"""Which addresses does a set of CIDRs hold? IPv4 and IPv6 on one line of integers."""
import socket
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from kubectl_netpol.errors import NetpolError

_V6 = 1 << 32                       # IPv6 addresses stand above all IPv4 addresses
_END = _V6 + (1 << 128)


class Family(Enum):
    IPV4 = "IPv4"
    IPV6 = "IPv6"

    __hash__ = object.__hash__      # of single members it is enough, and much faster than that of Enum


class Addresses(Struct, frozen=True):
    """Disjoint half-open ranges (start, after) in order, none touching the next."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges)


NOWHERE = Addresses()
ALL_IPV4 = Addresses(((0, _V6),))
ALL_IPV6 = Addresses(((_V6, _END),))
EVERYWHERE = Addresses(((0, _V6), (_V6, _END)))         # kept apart at the family's border
FAMILIES = {Family.IPV4: ALL_IPV4, Family.IPV6: ALL_IPV6}


BOTH = frozenset(Family)


def base_of(address: int) -> int:
    """Where the addresses of its family begin."""
    return 0 if address < _V6 else _V6


def family_of(address: int) -> Family:
    return Family.IPV4 if address < _V6 else Family.IPV6


def parse_address(text: str) -> int:
    """The place of an address on the line. ValueError says that it is none."""
    try:
        if ":" in text:
            return _V6 + int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big")
        return int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")
    except OSError:
        raise ValueError(f'"{text}" is not an IP address') from None


@lru_cache(maxsize=1 << 17)                     # each block is validated, resolved and said
def parse_cidr(text: str) -> tuple[int, int]:
    """The range of a CIDR; host bits are cut off, as API servers accept them (semantics 1.4). ValueError says what is wrong."""
    address, slash, length = text.partition("/")
    if not slash or not length.isascii() or not length.isdigit():
        raise ValueError(f'"{text}" is not a CIDR such as 10.0.0.0/8')
    start = parse_address(address)
    width = (32 if start < _V6 else 128) - int(length)
    if width < 0:
        raise ValueError(f'"{text}" has a prefix that is too long')
    base = base_of(start)
    start = base + ((start - base) >> width << width)
    return start, start + (1 << width)


def families_in(addresses: Addresses) -> frozenset[Family]:
    return frozenset(family for family, whole in FAMILIES.items() if intersection(addresses, whole))


def addresses_of(cidrs: list[str] | tuple[str, ...]) -> Addresses:
    if len(cidrs) == 1:
        return Addresses((parse_cidr(cidrs[0]),))
    return union([Addresses((parse_cidr(cidr),)) for cidr in cidrs])


def union(sets: list[Addresses]) -> Addresses:
    if len(sets) < 2:
        return sets[0] if sets else NOWHERE
    result: list[tuple[int, int]] = []
    for start, after in sorted(piece for each in sets for piece in each.ranges):
        if result and start <= result[-1][1] and start != _V6:
            if after > result[-1][1]:
                result[-1] = (result[-1][0], after)
        else:
            result.append((start, after))
    return Addresses(tuple(result))


def intersection(left: Addresses, right: Addresses) -> Addresses:
    if len(left.ranges) > len(right.ranges):
        left, right = right, left
    return Addresses(tuple(
        (max(start, first), min(after, last)) for start, after in left.ranges for first, last in _meeting(start, after, right.ranges)))


def _meeting(start: int, after: int, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges that have something in common with one, which are found without a look at the others."""
    for place in range(max(bisect_right(ranges, (start, _END)) - 1, 0), len(ranges)):
        if ranges[place][0] >= after:
            break
        if ranges[place][1] > start:
            yield ranges[place]


def difference(left: Addresses, right: Addresses) -> Addresses:
    if not right.ranges:
        return left
    result = []
    for start, after in left.ranges:
        for first, last in _meeting(start, after, right.ranges):
            if start < first:
                result.append((start, first))
            start = last
        if start < after:
            result.append((start, after))
    return Addresses(tuple(result))


def contains(addresses: Addresses, address: int) -> bool:
    return any(start <= address < after for start, after in addresses.ranges)


def format_address(address: int) -> str:
    if address < _V6:
        return socket.inet_ntop(socket.AF_INET, address.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, (address - _V6).to_bytes(16, "big"))


def cidrs_of(addresses: Addresses) -> tuple[str, ...]:
    """The fewest CIDRs that hold just these addresses, in order."""
    result = []
    for start, after in addresses.ranges:
        base, bits = (0, 32) if start < _V6 else (_V6, 128)
        while start < after:
            low, room = start - base, after - start
            width = min((low & -low).bit_length() - 1 if low else bits, room.bit_length() - 1)
            result.append(f"{format_address(start)}/{bits - width}")
            start += 1 << width
    return tuple(result)


# where the pods of clusters have their addresses: RFC 1918 and 6598, and any of IPv6
POD_NETWORKS = addresses_of(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::/0"))


def checked_cidr(text: str) -> str:
    """The CIDR as given, or a NetpolError."""
    try:
        parse_cidr(text)
    except ValueError as error:
        raise NetpolError(str(error)) from None
    return text
