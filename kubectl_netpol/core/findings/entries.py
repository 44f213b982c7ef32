"""Is whoever brings clients from outside let in? A Service that is published, whose pods admit nobody who could come that way."""
from collections.abc import Iterator

from kubectl_netpol import api
from kubectl_netpol.core.answers import isolating_at, joined
from kubectl_netpol.core.arrivals import arrivals, entries_at
from kubectl_netpol.core.destinations import Spot, alike, spot_of
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of, protocol_of, spec_of
from kubectl_netpol.core.entries import EntryPoint
from kubectl_netpol.core.evidence import names_service_port
from kubectl_netpol.core.exposure import is_published
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import name_of, names_of, workloads_of
from kubectl_netpol.core.resolve import ends_of, source_of_entry
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Outside, format_source
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


def entry_not_admitted(state: State) -> Iterator[Finding]:
    """A Service port that an Ingress, Gateway or Route leads to, and whose pods do not admit those who carry its traffic; or one that is
    published itself, and whose pods admit no address outside. Where a rule names the Service's port that is told of the rule."""
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        for place, port in enumerate(spec_of(service).ports or ()):
            entries = entries_at(service, port, state)
            if not (entries or is_published(service)):
                continue
            spots = [spot_of(backend) for backend in backends_of(service, port, state.cluster)]
            parts = [part.spots[0] for part in alike(spots, state, (Direction.INGRESS,))]
            refused: list[EntryPoint | None] = [None] if parts and not any(_may_be_entered(spot, state) for spot in parts) else []
            if entries and any(spot.place is not None and isolating_at(spot.place, Direction.INGRESS, state) for spot in parts):
                ways = arrivals(service, port, spots, state, ends_of(Outside(), namespace, state.cluster))
                refused = [*{way.entry.key: way.entry for way in ways if way.entry and way.found.verdict is Verdict.DENIED}.values()]
            if refused and not any(_is_misnamed(spot, port, state) for spot in parts):
                yield from (_finding(Key("Service", namespace, name), place, port, entry, parts, state) for entry in refused)


def _may_be_entered(spot: Spot, state: State) -> bool:
    """Whether some address outside may be let in."""
    return spot.place is None or any(area.maybe for _, area in at(state.judge.area(spot.place, Direction.INGRESS), spot.ports))


def _is_misnamed(spot: Spot, port: api.ServicePort, state: State) -> bool:
    if spot.place is None:
        return False
    pod, policies = state.cluster.classes[spot.place][0], isolating_at(spot.place, Direction.INGRESS, state)
    return any(names_service_port(entry, port, pod) for policy in policies
               for rule in state.policies[policy].rules.get(Direction.INGRESS, ()) for entry in rule.ports)


def _finding(service: Key, place: int, port: api.ServicePort, entry: EntryPoint | None, spots: list[Spot], state: State) -> Finding:
    home = service.namespace
    isolating = joined(isolating_at(spot.place, Direction.INGRESS, state) for spot in spots if spot.place is not None)
    source = source_of_entry(entry.key) if entry else None
    said = format_source(source).removeprefix(f"ns/{home}:") if source else "outside"
    ends = ends_of(source, home, state.cluster) if source else None
    carriers = names_of(workloads_of(ends.pods, state.cluster), home) if ends and ends.is_known else ""
    number = f"{port.port}" if protocol_of(port) == "TCP" else f"{port.port}/{protocol_of(port)}"
    return Finding(
        id="entry-not-admitted", severity=Severity.WARNING, object=service, path=f"spec.ports[{place}]",
        variant=("entry" if carriers else "balancer" if ends and ends.addresses and ends.is_known else "unknown") if entry else "",
        facts={"service": name_of(service, home), "port": number, "entry": said, "carriers": carriers,
               "policies": names_of(isolating, home)},
        command=() if entry and ends and not ends.is_known else (
            "suggest", name_of(service, home), "--allow", number, "--from", said if entry else "anywhere"))
