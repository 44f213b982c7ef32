"""Which workloads may talk to which, on all ports?"""
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from kubectl_netpol.render.layout import Column, Line, Page, Span, at_most, line, table
from kubectl_netpol.render.words import home_of, listed, object_names, pod_ports, sentence
from kubectl_netpol.reports import Connectivity, End, Group, PodPorts

FIRST = 2                               # workloads that name their group, and CIDRs that name the outside


def connectivity(report: Connectivity, page: Page) -> Iterator[Line]:
    if not report.connections:
        yield line(sentence("no-connections", {}))
        return
    names = group_names(report.groups, page)
    columns = (Column("SOURCE", wraps=True), Column("DESTINATION", wraps=True), Column("PORTS", wraps=True))
    yield from table(columns, (
        (Span(end_name(each.source, names, page)), Span(end_name(each.destination, names, page)), Span(ports(each.ports, each.uncertain)))
        for each in report.connections), page)


def group_names(groups: Sequence[Group], page: Page) -> dict[str, str]:
    """Each group by its first workloads; their namespaces only where there are several."""
    home = home_of(workload.namespace for group in groups for workload in group.workloads)
    return {group.id: listed(object_names(group.workloads, home), at_most(FIRST, page)) for group in groups}


def end_name(end: End, names: dict[str, str], page: Page) -> str:
    if end.group is not UNSET:
        return names[end.group]
    return listed(end.cidrs or (), at_most(FIRST, page))


def ports(sure: Sequence[PodPorts], uncertain: Sequence[PodPorts]) -> str:
    return ", ".join(filter(None, (pod_ports(sure), f"{pod_ports(uncertain)} (maybe)" if uncertain else "")))
