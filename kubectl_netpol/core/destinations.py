"""Which pod ports does a question ask for, and of which of them do all rules say the same?"""
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import cast

from msgspec import Struct

from kubectl_netpol.core.addresses import BOTH, NOWHERE, Addresses, Family
from kubectl_netpol.core.classes import families_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import Backend
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.states import State


class Dialled(Struct, frozen=True):
    """A port of a Service that has an address of its own, as clients dial it."""

    namespace: str
    service: str
    port: int
    protocol: str


class Spot(Struct, frozen=True):
    """One destination of a question: ports of the pods of a class, or of addresses outside."""

    ports: PortRange
    place: int | None = None
    addresses: Addresses = NOWHERE
    families: frozenset[Family] = BOTH                          # in which it is dialled
    dialled: Dialled | None = None                              # where egress is judged by that: core.dialling


def spot_of(backend: Backend, dialled: Dialled | None = None) -> Spot:
    ports = PortRange(backend.protocol, backend.port, backend.port)
    outside = NOWHERE if backend.address is None else Addresses(((backend.address, backend.address + 1),))
    return Spot(ports, backend.place, outside, backend.families, dialled)


class Alike(Struct, frozen=True):
    """Spots of which all rules say the same."""

    spots: tuple[Spot, ...]
    singles: int                                                # the classes of them that are one pod each, which a source leaves out


def alike(spots: Sequence[Spot], state: State, directions: Sequence[Direction]) -> tuple[Alike, ...]:
    """All of them, in groups. Directions are those in which rules are looked at. The groups of the spots that were asked for last are
    kept, as one source after the other is asked of them; of all spots they would take very much memory."""
    if len(spots) == 1:
        return (Alike(tuple(spots), 0),)
    last, parts = state.cluster.known.get(("alike", directions), (None, ()))
    if last is not spots:
        parts = _grouped(spots, state, directions)
        state.cluster.known["alike", directions] = spots, parts
    return cast(tuple[Alike, ...], parts)


def _grouped(spots: Sequence[Spot], state: State, directions: Sequence[Direction]) -> tuple[Alike, ...]:
    found: dict[object, list[Spot]] = {}
    for spot in spots:
        found.setdefault(_treatment(spot, state, directions), []).append(spot)
    several = state.cluster.several
    return tuple(
        Alike(tuple(own), reduce(or_, (1 << spot.place for spot in own if spot.place is not None), 0) & ~several)
        for own in found.values())


def _treatment(spot: Spot, state: State, directions: Sequence[Direction]) -> object:
    if spot.place is None:
        return spot
    place = spot.place
    return spot.ports, spot.families, state.cluster.once(("treated", place, directions), lambda: _treated(place, state, directions))


def leaving_treatment(spot: Spot, state: State) -> object:
    """A key: where it is equal, the egress policies of all sources say the same of two spots of a state."""
    if spot.dialled is not None:
        return spot.dialled
    return spot if spot.place is None else (id(state.judge.released(spot.place)), spot.ports)


def _treated(place: int, state: State, directions: Sequence[Direction]) -> object:
    """Rows are worked out once, so that they are the same objects where the rules are: those tell what matches, and which addresses."""
    cluster, judge = state.cluster, state.judge
    return (id(judge.ingress(place)), id(judge.egress(place)) if Direction.EGRESS in directions else None, families_of(place, cluster),
            place in judge.rules.isolators[Direction.INGRESS], cluster.host_network >> place & 1, cluster.unpoliced >> place & 1)


def standing_for(pods: int, parts: Iterable[Alike]) -> list[Spot]:
    """Those spots that tell of some sources all there is to tell: of each part one that is no source itself. Where each is one, two of
    them tell of all: what one leaves out, itself, the other has."""
    found: list[Spot] = []
    for part in parts:
        own = pods & part.singles
        others = (spot for spot in part.spots if spot.place is None or not own >> spot.place & 1)
        found += tuple(islice(others, 1)) or part.spots[:2]
    return found
