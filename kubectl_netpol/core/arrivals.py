"""By which ways do clients outside arrive at the pods of a Service port, and which of these are open?

Directly, where the Service itself is published, and through the controller of each Ingress, Gateway or Route that leads to it.
"""
from collections.abc import Iterable, Sequence

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.answers import Judgement, judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.controllers import Carrier
from kubectl_netpol.core.destinations import Spot, spot_of
from kubectl_netpol.core.endpoints import backends_of, published_at, selected_by, spec_of
from kubectl_netpol.core.entries import EntryPoint, entry_points, leads_to
from kubectl_netpol.core.exposure import is_published, through_service
from kubectl_netpol.core.ports import EVERY_PORT, PortRange
from kubectl_netpol.core.resolve import Ends, carrier_at, ends_of, source_of_entry
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Outside
from kubectl_netpol.core.verdicts import Verdict


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
        service: api.Service, port: api.ServicePort, spots: Sequence[Spot], state: State,
        pod_cidrs: Sequence[str] = ()) -> tuple[Arrival, ...]:
    """All ways to a Service port; none where it is not published at all."""
    home = service.metadata.namespace or ""
    found = [_through(way, home, spots, state, pod_cidrs) for way in _each_once(entries_at(service, port, state))]
    if is_published(service):
        ends = ends_of(Outside(), home, state.cluster, pod_cidrs)
        found.insert(0, Arrival(ends, through_service(judgement(ends, home, spots, state), ends, spots, service, state)))
    return tuple(found)


def verdict_of_all(ways: Iterable[Arrival]) -> Verdict:
    """Allowed where all are open, partial where some are."""
    verdicts = {way.verdict for way in ways}
    if len(verdicts) == 1:
        return verdicts.pop()
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.PARTIAL


def _each_once(ways: Iterable[EntryPoint]) -> list[EntryPoint]:
    """An Ingress may lead there by many hosts and paths."""
    return list({(way.key, way.route): way for way in reversed(list(ways))}.values())[::-1]


def _through(way: EntryPoint, home: str, spots: Sequence[Spot], state: State, pod_cidrs: Sequence[str]) -> Arrival:
    carrier = carrier_at(way.key, state.cluster)
    ends = ends_of(source_of_entry(way.key), home, state.cluster, pod_cidrs)
    reached = _reached(ends.pods, state, pod_cidrs) if ends.is_known and ends.pods else None
    return Arrival(ends, judgement(ends, home, spots, state), way, carrier, reached)


def _reached(pods: int, state: State, pod_cidrs: Sequence[str]) -> Verdict:
    """Whether clients outside reach the pods that carry the traffic, on the best of the ports that lead to them."""
    return state.cluster.once(("reached", pods, *pod_cidrs), lambda: _best(_verdicts(pods, state, pod_cidrs)))


def _best(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=_WORST.index, default=Verdict.UNKNOWN)


def _verdicts(pods: int, state: State, pod_cidrs: Sequence[str]) -> list[Verdict]:
    ends = ends_of(Outside(), "", state.cluster, pod_cidrs)
    leading = [service for service in state.snapshot.services.values()
               if is_published(service) and selected_by(service, state.cluster) & pods]
    if not leading:                                             # they are dialled at their nodes
        return [judgement(ends, "", (spot,), state).verdict for place in bits(pods) for spot in _declared(place, state)]
    every = [(service, tuple(map(spot_of, backends_of(service, port, state.cluster))))
             for service in leading for port in spec_of(service).ports or ()]
    return [through_service(judgement(ends, "", spots, state), ends, spots, service, state).verdict for service, spots in every]


def _declared(place: int, state: State) -> list[Spot]:
    """The ports that the containers declare, else all."""
    numbers = sorted(state.cluster.classes[place][0].ports.numbers)
    return [Spot(PortRange(protocol, number, number), place) for protocol, number in numbers] or [Spot(each, place) for each in EVERY_PORT]
