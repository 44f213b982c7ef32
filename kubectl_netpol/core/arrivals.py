"""By which ways do clients outside arrive at the pods of a Service port, and which of these are open?

Directly, where the Service itself is published, and through the controller of each Ingress, Gateway or Route that leads to it.
"""
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.answers import Judgement, judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.controllers import Carrier, listener_ports
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.endpoints import backends_of, carried_to, published_at, selected_by, spec_of
from kubectl_netpol.core.entries import EntryPoint, entry_points, leads_to
from kubectl_netpol.core.exposure import is_published, through_service
from kubectl_netpol.core.meshes import Mesh, arrives_at, is_any_member, leaves_by_itself
from kubectl_netpol.core.ports import EVERY_PORT, PortRange
from kubectl_netpol.core.resolve import Ends, carrier_at, ends_of, source_of_entry
from kubectl_netpol.core.states import State
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


class Arrival(Struct, frozen=True):
    """One way. ends are those who dial the pods in the end."""

    ends: Ends
    found: Judgement                                            # of the last part of the way
    entry: EntryPoint | None = None                             # None: directly
    carrier: Carrier | None = None
    reached: Verdict | None = None                              # of clients outside, at the pods that carry it; None: there are none here

    @property
    def verdict(self) -> Verdict:
        """Both parts of the way must be open."""
        parts = {self.found.verdict, self.reached or Verdict.ALLOWED}
        return next(each for each in _WORST if each in parts)


_WORST = (Verdict.DENIED, Verdict.NO_ENDPOINTS, Verdict.UNKNOWN, Verdict.PARTIAL, Verdict.ALLOWED)


def entries_at(service: api.Service, port: api.ServicePort | None, state: State) -> tuple[EntryPoint, ...]:
    """The entry points that lead to a Service, or to one of its ports."""
    ways = state.cluster.once("entry points", lambda: entry_points(state.snapshot))
    found = ways.get((service.metadata.namespace or "", service.metadata.name), ())
    return tuple(way for way in found if port is None or leads_to(way, port))


def published(service: api.Service, port: api.ServicePort, state: State) -> tuple[str, ...]:
    """Where clients outside may dial a port, and what else leads to it."""
    return (*published_at(service, port), *dict.fromkeys(str(way.key) for way in entries_at(service, port, state)))


def arrivals(
        service: api.Service, port: api.ServicePort, spots: Sequence[Spot], state: State, client: Ends, *,
        by: frozenset[tuple[Key, str]] = frozenset()) -> tuple[Arrival, ...]:
    """All ways of a client to a Service port; none where it is not published at all. by: the client dials what these serve by their hosts
    and paths, not the Service itself."""
    home = service.metadata.namespace or ""
    ends = tuple(map(spot_of, carried_to(service, port, state.cluster)))
    leading = [way for way in entries_at(service, port, state) if not by or (way.key, way.where) in by]
    found = [_through(way, service, ends, state, client) for way in _each_once(leading)]
    if is_published(service) and not by:
        found.insert(0, Arrival(client, through_service(judgement(client, home, spots, state), client, spots, service, state)))
    return tuple(found)


def verdict_of_all(ways: Iterable[Arrival]) -> Verdict:
    """Allowed where all are open, partial where some are."""
    verdicts = {way.verdict for way in ways}
    if len(verdicts) == 1:
        return verdicts.pop()
    if Verdict.UNKNOWN in verdicts:
        return Verdict.UNKNOWN
    return Verdict.DENIED if verdicts <= {Verdict.DENIED, Verdict.NO_ENDPOINTS} else Verdict.PARTIAL


def _each_once(ways: Iterable[EntryPoint]) -> list[EntryPoint]:
    """An Ingress may lead there by many hosts and paths."""
    return list({(way.key, way.route): way for way in reversed(list(ways))}.values())[::-1]


def _through(way: EntryPoint, service: api.Service, spots: Sequence[Spot], state: State, client: Ends) -> Arrival:
    """Pods dial pods; load balancers outside dial the Service, or the pods: whether they show their own address is not known."""
    home, carrier = service.metadata.namespace or "", carrier_at(way.key, state.cluster)
    ends = ends_of(source_of_entry(way.key), home, state.cluster)
    reached = _reached(ends.pods, way.key, home, state, client) if ends.is_known and ends.pods else None
    plain = through_service(judgement(ends, home, spots, state), ends, spots, service, state)
    return Arrival(ends, through_mesh(plain, ends, home, spots, state), way, carrier, reached)


def through_mesh(found: Judgement, ends: Ends, home: str, spots: Sequence[Spot], state: State) -> Judgement:
    """Where both ends are in a mesh connections arrive on its port: certain is what policies say of both."""
    for mesh in Mesh if ends.is_known else ():
        if is_any_member(mesh, ends.pods, state.cluster):
            own = tuple(_in_mesh(mesh, spot, ends, state) for spot in spots)
            if own != tuple(spots) and judgement(ends, home, own, state).verdict is not found.verdict:
                return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, found.egress)
    return found


def _in_mesh(mesh: Mesh, spot: Spot, ends: Ends, state: State) -> Spot:
    if spot.place is None or leaves_by_itself(mesh, ends.pods, spot.ports, state.cluster):
        return spot
    number = arrives_at(mesh, spot.place, spot.ports, state.cluster)
    return spot if number is None else replace(spot, ports=PortRange(spot.ports.protocol, number, number), dialled=None)


# ---- to those who carry the traffic


def _reached(pods: int, entry: Key, home: str, state: State, client: Ends) -> Verdict:
    """Whether a client reaches the pods that carry the traffic: on the best of the ports that they are dialled on."""
    ports = listener_ports(entry, state.snapshot)
    return state.cluster.once(("reached", pods, frozenset(ports), home, client), lambda: _reached_on(pods, ports, home, state, client))


def _reached_on(pods: int, ports: set[int], home: str, state: State, client: Ends) -> Verdict:
    leading = [service for service in state.snapshot.services.values()
               if is_published(service) and selected_by(service, state.cluster) & pods]
    every: list[tuple[int, api.Service | None, tuple[Spot, ...]]]
    if leading:
        every = [(port.port, service, tuple(map(spot_of, backends_of(service, port, state.cluster))))
                 for service in leading for port in spec_of(service).ports or ()]
    else:                                                       # they are dialled at their nodes
        every = [(spot.ports.first, None, (spot,)) for place in bits(pods) for spot in _declared(place, state)]
    own = [each for each in every if each[0] in ports]
    verdicts = {through_service(
        judgement(client, home, spots, state), client, spots, service, state, is_by_node=True).verdict
        for _, service, spots in own or every}
    if own or len(verdicts) == 1:
        return max(verdicts, key=_WORST.index)
    return Verdict.UNKNOWN                                      # on which of its ports clients come is not known


def _declared(place: int, state: State) -> list[Spot]:
    """The ports that the containers declare, else all."""
    numbers = sorted(state.cluster.classes[place][0].ports.numbers)
    return [Spot(PortRange(protocol, number, number), place) for protocol, number in numbers] or [Spot(each, place) for each in EVERY_PORT]
