"""How does a value change along the ports of a pod? Ports are cut only at the rules that concern this pod."""
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from kubectl_netpol.core.ports import EVERY_PORT, NamedPort, PolicyPorts, PortRange, cut
from kubectl_netpol.core.workloads import PortName

Named = dict[PortName, tuple[int, ...]]                         # what the pod at the destination calls its ports
Item = TypeVar("Item")
Value = TypeVar("Value")
Other = TypeVar("Other")
Row = tuple[tuple[PortRange, Value], ...]                       # every port of every protocol, in order


def meant(ports: PolicyPorts, named: Named) -> list[tuple[PortRange, bool]]:
    """The numbers that port entries mean, and whether surely: where two containers use one name, plugins take the first or both."""
    ranges: list[tuple[PortRange, bool]] = []
    for port in ports:
        if isinstance(port, NamedPort):
            numbers = named.get((port.protocol, port.name), ())
            ranges += [(PortRange(port.protocol, number, number), place == 0) for place, number in enumerate(numbers)]
        else:
            ranges.append((port, True))
    return ranges


def row_of(items: Iterable[tuple[PolicyPorts, Item]], named: Named, fold: Callable[[list[tuple[Item, bool]]], Value]) -> Row[Value]:
    """The fold of those items whose ports match, with whether they do so surely, for every port."""
    by_ports: dict[PolicyPorts, list[Item]] = {}
    for ports, item in items:
        by_ports.setdefault(ports, []).append(item)
    if by_ports.keys() <= {EVERY_PORT}:
        return whole(fold([(item, True) for item in by_ports.get(EVERY_PORT, ())]))
    ranges = [(meant(ports, named), own) for ports, own in by_ports.items()]
    pieces = cut([*EVERY_PORT, *(each for own, _ in ranges for each, _ in own)])
    folded: dict[tuple[tuple[int, bool], ...], Value] = {}
    result: list[tuple[PortRange, Value]] = []
    for piece, matching in zip(pieces, _matching(pieces, [own for own, _ in ranges]), strict=True):
        if matching not in folded:
            folded[matching] = fold([(item, sure) for place, sure in matching for item in ranges[place][1]])
        result.append((piece, folded[matching]))
    return merged(result)


def _matching(pieces: Sequence[PortRange], ranges: Sequence[Sequence[tuple[PortRange, bool]]]) -> list[tuple[tuple[int, bool], ...]]:
    """For each piece the places of those whose ranges hold it, and whether surely. The pieces are cut at all of these ranges."""
    first = {(piece.protocol, piece.first): number for number, piece in enumerate(pieces)}
    last = {(piece.protocol, piece.last): number for number, piece in enumerate(pieces)}
    found: list[dict[int, bool]] = [{} for _ in pieces]
    for place, own in enumerate(ranges):
        for each, sure in own:
            for number in range(first[each.protocol, each.first], last[each.protocol, each.last] + 1):
                found[number][place] = sure or found[number].get(place, False)
    return [tuple(each.items()) for each in found]


def whole(value: Value) -> Row[Value]:
    return tuple((ports, value) for ports in EVERY_PORT)


def both(left: Row[Value], right: Row[Other]) -> tuple[tuple[PortRange, Value, Other], ...]:
    """Two rows side by side, cut where either of them changes."""
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        (a, value), (b, other) = left[i], right[j]
        result.append((PortRange(a.protocol, max(a.first, b.first), min(a.last, b.last)), value, other))
        i, j = i + (a.last <= b.last), j + (b.last <= a.last)
    return tuple(result)


def at(row: Row[Value], ports: PortRange) -> list[tuple[PortRange, Value]]:
    """The part of a row that lies within some ports."""
    return [
        (PortRange(piece.protocol, max(piece.first, ports.first), min(piece.last, ports.last)), value) for piece, value in row
        if piece.protocol == ports.protocol and piece.first <= ports.last and ports.first <= piece.last]


def merged(row: Sequence[tuple[PortRange, Value]]) -> Row[Value]:
    """Neighbours with one value are one piece. The pieces are all ports, in order."""
    result: list[tuple[PortRange, Value]] = []
    for piece, value in row:
        last, known = result[-1] if result else (None, None)
        if last and last.protocol == piece.protocol and (known is value or known == value):
            result[-1] = PortRange(piece.protocol, last.first, piece.last), value
        else:
            result.append((piece, value))
    return tuple(result)
