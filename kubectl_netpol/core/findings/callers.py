"""Do policies keep out the API server, and what gathers metrics?"""
from collections.abc import Iterator, Sequence

from kubectl_netpol.core.answers import isolating_at
from kubectl_netpol.core.callers import cut_off, is_of_annotation, said_by, said_ports
from kubectl_netpol.core.calls import Call
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import service_selector
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import names_of
from kubectl_netpol.core.scraping import SCRAPE, scraper_sources
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Target, TargetKind, format_source, format_target
from kubectl_netpol.snapshot import Key


def caller_cut_off(state: State) -> Iterator[Finding]:
    """Calls of isolated pods that no rule lets in, once for each object that wants them, at the first policy that isolates the pods.
    Thousands of pods may have the annotation, so that these are told together."""
    found: dict[tuple[Key, str, str], list[Call]] = {}
    for call in cut_off(state):
        policy = isolating_at(call.called.place, Direction.INGRESS, state)[0]
        caller = SCRAPE if is_of_annotation(call) else said_by(call.by, policy.namespace)
        found.setdefault((policy, said_ports(call), caller), []).append(call)
    for (policy, ports, caller), calls in found.items():
        yield Finding(
            id="caller-cut-off", severity=Severity.WARNING, object=policy, path="spec.podSelector",
            variant="api-server" if calls[0].is_of_api_server else "metrics",
            facts={"caller": caller, "ports": ports, "sources": _sources(state),
                   "workloads": names_of((each for call in calls for each in call.called.workloads), policy.namespace)},
            command=_letting_in(calls, state))


def _sources(state: State) -> str:
    return ", ".join(map(format_source, scraper_sources(state.cluster)))


def _letting_in(calls: Sequence[Call], state: State) -> tuple[str, ...]:
    """The command, where all are made through one port of one Service that selects the pods."""
    call = calls[0]
    if call.service is None or len({(each.service, each.service_port) for each in calls}) > 1:
        return ()
    if service_selector(state.snapshot.services[call.service.namespace, call.service.name]) is None:
        return ()
    sources = ("anywhere",) if call.is_of_api_server else tuple(map(format_source, scraper_sources(state.cluster)))
    return ("suggest", format_target(Target(TargetKind.SERVICE, call.service.name)), "--allow", str(call.service_port),
            *(word for source in sources for word in ("--from", source)))
