"""Is whoever brings clients from outside let in? A Service that is published, whose pods admit nobody who could come that way."""
from collections.abc import Iterator

from kubectl_netpol import api
from kubectl_netpol.core.answers import isolating_at, joined
from kubectl_netpol.core.arrivals import Arrival, arrivals, entries_at
from kubectl_netpol.core.destinations import Spot, alike, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of, protocol_of, spec_of
from kubectl_netpol.core.evidence import names_service_port
from kubectl_netpol.core.exposure import is_published
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import name_of, names_of, workloads_of
from kubectl_netpol.core.resolve import source_of_entry
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


def entry_not_admitted(state: State) -> Iterator[Finding]:
    """A Service port that an Ingress, Gateway or Route leads to, and whose pods do not admit those who carry its traffic; or one that is
    published itself, and whose pods admit no address outside. Where a rule names the Service's port that is told of the rule."""
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        for place, port in enumerate(spec_of(service).ports or ()):
            if not (is_published(service) or entries_at(service, port, state)):
                continue
            spots = [spot_of(backend) for backend in backends_of(service, port, state.cluster)]
            if not any(spot.place is not None and isolating_at(spot.place, Direction.INGRESS, state) for spot in spots):
                continue
            ways = arrivals(service, port, spots, state)
            refused = [way for way in ways if way.found.verdict is Verdict.DENIED and (way.entry or len(ways) == 1)]
            if refused and not any(_is_misnamed(part.spots[0], port, state) for part in alike(spots, state, (Direction.INGRESS,))):
                yield from (_finding(Key("Service", namespace, name), place, port, way, spots, state) for way in refused)


def _is_misnamed(spot: Spot, port: api.ServicePort, state: State) -> bool:
    if spot.place is None:
        return False
    pod, policies = state.cluster.classes[spot.place][0], isolating_at(spot.place, Direction.INGRESS, state)
    return any(names_service_port(entry, port, pod) for policy in policies
               for rule in state.policies[policy].rules.get(Direction.INGRESS, ()) for entry in rule.ports)


def _finding(service: Key, place: int, port: api.ServicePort, way: Arrival, spots: list[Spot], state: State) -> Finding:
    home = service.namespace
    isolating = joined(isolating_at(spot.place, Direction.INGRESS, state) for spot in spots if spot.place is not None)
    source = source_of_entry(way.entry.key) if way.entry else None
    said = format_source(source).removeprefix(f"ns/{home}:") if source else "outside"
    carriers = names_of(workloads_of(way.ends.pods, state.cluster), home) if way.entry else ""
    number = f"{port.port}" if protocol_of(port) == "TCP" else f"{port.port}/{protocol_of(port)}"
    return Finding(
        id="entry-not-admitted", severity=Severity.WARNING, object=service, path=f"spec.ports[{place}]",
        variant=("entry" if carriers else "balancer") if way.entry else "",
        facts={"service": name_of(service, home), "port": number, "entry": said, "carriers": carriers,
               "policies": names_of(isolating, home)},
        command=("suggest", name_of(service, home), "--allow", number, "--from", said if way.entry else "anywhere"))
