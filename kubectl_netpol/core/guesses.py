"""Who should reach a Service, from what the cluster shows? Guesses, each marked as one and with what speaks for it."""
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.arrivals import entries_at
from kubectl_netpol.core.callers import callers_of, said_by
from kubectl_netpol.core.calls import Call
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import protocol_of, published_at, selected_by, service_selector, spec_of, type_of
from kubectl_netpol.core.exposure import is_published, keeps_client_addresses
from kubectl_netpol.core.intents import Intent
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.resolve import carrier_at, source_of_entry
from kubectl_netpol.core.resolvers import resolver_service
from kubectl_netpol.core.scraping import scraper_sources
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Cluster, PortSpec, SameNamespace, Source, Target, TargetKind, format_source, parse_source
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.snapshot import Key

_MOST = 3                                                       # callers that a guess names


class Stated(Struct, frozen=True):
    """An intent of somebody, or a guess; home is the namespace of its target."""

    intent: Intent
    home: str
    evidence: Remark | None = None                              # of a guess: what speaks for it

    @property
    def guessed(self) -> bool:
        return self.evidence is not None


def guesses_of(service: api.Service, state: State) -> tuple[Stated, ...]:
    """Ports that the same clients should reach are one intent. A NetpolError where nothing can be guessed."""
    home, name = service.metadata.namespace or "", service.metadata.name
    if service_selector(service) is None:
        raise NetpolError(f"svc/{name} selects no pods, so no policy can be written for it",
                          hint="name what stands behind it: suggest deploy/NAME --allow PORT --from SOURCE")
    naming = untold_entries(service, state)
    if naming:
        raise NetpolError(f"svc/{name} is published by {naming[0]}: who its clients are cannot be told",
                          hint=f"state --from: kubectl netpol suggest svc/{name} --allow all --from ns/NAME")
    groups: dict[tuple[Source, ...], list[api.ServicePort]] = {}
    evidence: dict[tuple[Source, ...], Remark] = {}
    for port in spec_of(service).ports or ():
        sources, remark = _clients(service, port, state)
        groups.setdefault(sources, []).append(port)
        evidence.setdefault(sources, remark)
    target = Target(TargetKind.SERVICE, name)
    return tuple(
        Stated(Intent(tuple(port_spec(service, port) for port in ports), target, sources, Direction.INGRESS), home, evidence[sources])
        for sources, ports in groups.items())


def _clients(service: api.Service, port: api.ServicePort, state: State) -> tuple[tuple[Source, ...], Remark]:
    """Nobody can tell the address that the API server calls from. Else what leads to the port; a NodePort that does is what a balancer
    dials for an Ingress."""
    calls = callers_of(service, port, state.cluster)
    if own := [call for call in calls if call.is_of_api_server]:
        return (Anywhere(),), Remark("guess-api-server", {"callers": _said_callers(own, service)})
    entries = list(dict.fromkeys(way.key for way in entries_at(service, port, state)))
    if entries and (not is_published(service) or type_of(service) == "NodePort"):
        return _of_entries(entries, service, state)
    if not is_published(service):
        if service is resolver_service(state.snapshot) and port.port == 53:
            return (Cluster(),), Remark("guess-resolver")
        if calls:
            others = (each for each in scraper_sources(state.cluster) if each.namespace != service.metadata.namespace)
            return (SameNamespace(), *others), Remark("guess-metrics", {"callers": _said_callers(calls, service)})
        return (SameNamespace(),), Remark("guess-not-published")
    facts = {"where": ", ".join(published_at(service, port))}
    ranges = spec_of(service).load_balancer_source_ranges
    if ranges and keeps_client_addresses(service):
        return tuple(map(parse_source, ranges)), Remark("guess-source-ranges", facts)
    return (Anywhere(),), Remark("guess-published", facts)


def _of_entries(entries: Sequence[Key], service: api.Service, state: State) -> tuple[tuple[Source, ...], Remark]:
    carriers = [format_source(each) for entry in entries for each in carrier_at(entry, state.cluster).sources]
    facts = {"entries": ", ".join(map(str, entries)), "carriers": ", ".join(dict.fromkeys(carriers))}
    home = service.metadata.namespace
    sources = [source_of_entry(entry) for entry in entries]
    return tuple(replace(each, namespace=None) if each.namespace == home else each for each in sources), Remark("guess-entry", facts)


def _said_callers(calls: Iterable[Call], service: api.Service) -> str:
    names = dict.fromkeys(said_by(call.by, service.metadata.namespace or "") for call in calls)
    return " and ".join(list(names)[:_MOST])


def untold_entries(service: api.Service, state: State) -> list[str]:
    """Ingresses, Gateways and Routes that lead to a Service, and nobody can tell who carries their traffic."""
    if is_published(service) and type_of(service) != "NodePort":
        return []                                               # clients outside dial it themselves
    entries = dict.fromkeys(way.key for way in entries_at(service, None, state))
    return [str(entry) for entry in entries if not carrier_at(entry, state.cluster).sources]


def port_spec(service: api.Service, port: api.ServicePort) -> PortSpec:
    """How a port of a Service is recorded: by its number, with the protocol where the Service has the number twice."""
    twice = sum(each.port == port.port for each in spec_of(service).ports or ()) > 1
    return PortSpec(port.port, None, protocol_of(port) if twice else None)


def unprotected_services(namespace: str | None, state: State) -> Iterator[api.Service]:
    """Those with pods that no policy isolates for ingress; not those of which nothing can be told."""
    isolated = state.judge.rules.isolated[Direction.INGRESS].maybe
    for (home, _), service in sorted(state.snapshot.services.items()):
        if namespace not in (None, home) or service_selector(service) is None:
            continue
        if selected_by(service, state.cluster) & ~state.cluster.host_network & ~isolated:
            yield service


def services_before(pods: int, state: State) -> list[api.Service]:
    """The Services that select some of these pods."""
    homes = {state.cluster.classes[place][0].namespace for place in bits(pods)}
    return [service for (home, _), service in sorted(state.snapshot.services.items())
            if home in homes and selected_by(service, state.cluster) & pods]
