"""Which workloads may talk to which, on all ports?"""
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from kubectl_netpol.render.layout import Column, Line, Page, Row, Span, at_most, line, table
from kubectl_netpol.render.words import home_of, listed, object_names, pod_ports, sentence
from kubectl_netpol.reports import Connectivity, End, Flow, Group, PodPorts, flows_of

SOURCES = 5                             # workloads that reach somebody alike, and are named
FIRST = 2                               # workloads that name their group, and CIDRs that name the outside


def connectivity(report: Connectivity, page: Page) -> Iterator[Line]:
    """A row for all sources that a destination treats alike."""
    if not report.connections:
        yield line(sentence("no-connections", {}))
        return
    names = workload_names(report.groups)
    known: dict[int, str] = {}              # flows share their sources
    columns = (Column("SOURCE", wraps=True), Column("DESTINATION", wraps=True), Column("PORTS", wraps=True))
    yield from table(columns, (row(flow, names, known, page) for flow in flows_of(report.connections)), page)


def row(flow: Flow, names: dict[str, list[str]], known: dict[int, str], page: Page) -> Row:
    if id(flow.sources) not in known:
        most = at_most(FIRST if len(flow.sources) == 1 else SOURCES, page)
        known[id(flow.sources)] = listed([name for end in flow.sources for name in end_names(end, names)], most)
    return Span(known[id(flow.sources)]), Span(end_name(flow.destination, names, page)), Span(ports(flow.ports, flow.uncertain))


def workload_names(groups: Sequence[Group]) -> dict[str, list[str]]:
    """Of each group; their namespaces only where there are several."""
    home = home_of(workload.namespace for group in groups for workload in group.workloads)
    return {group.id: object_names(group.workloads, home) for group in groups}


def end_name(end: End, names: dict[str, list[str]], page: Page) -> str:
    return listed(end_names(end, names), at_most(FIRST, page))


def end_names(end: End, names: dict[str, list[str]]) -> Sequence[str]:
    return names[end.group] if end.group is not UNSET else end.cidrs or ()


def ports(sure: Sequence[PodPorts], uncertain: Sequence[PodPorts]) -> str:
    return ", ".join(filter(None, (pod_ports(sure), f"{pod_ports(uncertain)} (maybe)" if uncertain else "")))
