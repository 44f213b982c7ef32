"""Which pod ports does a question ask for, and of which of them do all rules say the same?"""
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol.core.addresses import BOTH, NOWHERE, Addresses, Family
from kubectl_netpol.core.classes import families_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import Backend
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.states import State


class Spot(Struct, frozen=True):
    """One destination of a question: ports of the pods of a class, or of addresses outside."""

    ports: PortRange
    place: int | None = None
    addresses: Addresses = NOWHERE
    families: frozenset[Family] = BOTH                          # in which it is dialled


def spot_of(backend: Backend) -> Spot:
    ports = PortRange(backend.protocol, backend.port, backend.port)
    outside = NOWHERE if backend.address is None else Addresses(((backend.address, backend.address + 1),))
    return Spot(ports, backend.place, outside, backend.families)


class Alike(Struct, frozen=True):
    """Spots of which all rules say the same."""

    spots: tuple[Spot, ...]
    singles: int                                                # the classes of them that are one pod each, which a source leaves out


def alike(spots: Sequence[Spot], state: State, directions: Sequence[Direction]) -> tuple[Alike, ...]:
    """All of them, in groups. Directions are those in which rules are looked at."""
    if len(spots) == 1:
        return (Alike(tuple(spots), 0),)
    return state.cluster.once(("alike", tuple(spots), directions), lambda: _grouped(spots, state, directions))


def _grouped(spots: Sequence[Spot], state: State, directions: Sequence[Direction]) -> tuple[Alike, ...]:
    found: dict[object, list[Spot]] = {}
    for spot in spots:
        found.setdefault(_treatment(spot, state, directions), []).append(spot)
    several = state.cluster.several
    return tuple(
        Alike(tuple(own), reduce(or_, (1 << spot.place for spot in own if spot.place is not None), 0) & ~several)
        for own in found.values())


def _treatment(spot: Spot, state: State, directions: Sequence[Direction]) -> object:
    """Rows and what matches are worked out once, so that they are the same objects where they are equal."""
    if spot.place is None:
        return spot
    cluster, judge, place = state.cluster, state.judge, spot.place
    return (spot.ports, families_of(place, cluster) & spot.families, id(judge.ingress(place)), id(judge.area(place, Direction.INGRESS)),
            id(judge.matching(place, Direction.INGRESS, spot.ports, judge.named(place))),
            id(judge.egress(place)) if Direction.EGRESS in directions else None,
            place in judge.rules.isolators[Direction.INGRESS], cluster.host_network >> place & 1, cluster.unpoliced >> place & 1)


def standing_for(pods: int, parts: Iterable[Alike]) -> list[Spot]:
    """Those spots that tell of some sources all there is to tell: of each part one that is no source itself. Where each is one, two of
    them tell of all: what one leaves out, itself, the other has. The only source is a case of its own."""
    found = []
    for part in parts:
        own = pods & part.singles
        if not own:
            found.append(part.spots[0])
            continue
        others = [spot for spot in part.spots if spot.place is None or not own >> spot.place & 1][:1]
        if others and pods.bit_count() > 1:
            found += others
        else:
            found += [*others, *(spot for spot in part.spots if spot.place is not None and own >> spot.place & 1)][:2]
    return found
