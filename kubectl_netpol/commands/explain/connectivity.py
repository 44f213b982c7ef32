"""explain --by workload: who reaches whom, on all ports?"""
from functools import cache

from msgspec import UNSET

from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read, in_scope, scope_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.connections import End, Group, connections_of, groups_of
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.selectors import matches
from kubectl_netpol.core.states import state_of
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain
from kubectl_netpol.reports import Connection, Connectivity, PodPorts
from kubectl_netpol.reports import End as ReportedEnd
from kubectl_netpol.reports import Group as ReportedGroup


def explain_connectivity(options: Explain, read: Read) -> Outcome:
    """With -n or -l: what touches such pods."""
    scope = options.scope
    state = state_of(read.supposed, [scope.selector] if scope.selector else ())
    groups = groups_of((state.judge,))
    wanted = {number for number, group in enumerate(groups) if any(
        in_scope(scope, pod.namespace) and (scope.selector is None or matches(scope.selector, pod.labels))
        for place in bits(group.classes) for pod in state.cluster.classes[place])}
    connections = [each for each in connections_of(state.judge, groups) if each.source in wanted or each.destination in wanted]
    shown = wanted | {end for each in connections for end in (each.source, each.destination) if isinstance(end, int)}
    report = Connectivity(
        scope=scope_of(options.scope), gaps=(),
        groups=tuple(reported_group(number, group) for number, group in enumerate(groups) if number in shown),
        connections=tuple(
            Connection(reported_end(each.source), reported_end(each.destination), pod_ports(each.ports.sure), pod_ports(each.ports.unsure))
            for each in connections))
    return Outcome(report, Exit.OK, read.notes)


def reported_group(number: int, group: Group) -> ReportedGroup:
    return ReportedGroup(_id(number), tuple(map(object_ref, group.workloads)))


def reported_end(end: End) -> ReportedEnd:
    return ReportedEnd(group=_id(end), cidrs=UNSET) if isinstance(end, int) else ReportedEnd(group=UNSET, cidrs=end)


def _id(number: int) -> str:
    return f"g{number + 1}"


@cache
def pod_ports(ranges: tuple[PortRange, ...]) -> tuple[PodPorts, ...]:
    return tuple(PodPorts(each.protocol, each.first, each.last if each.last != each.first else None) for each in ranges)
