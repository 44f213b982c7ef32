"""explain --by workload: who reaches whom, on all ports?"""
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import UNSET, Struct
from msgspec.structs import replace

from kubectl_netpol.aside import aside
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read, in_scope, scope_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.connections import End, Flow, Group, flows_outside, flows_to, groups_of, present_groups
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.selectors import matches
from kubectl_netpol.core.states import state_of
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain
from kubectl_netpol.reports import Connections, Connectivity, PodPorts
from kubectl_netpol.reports import End as ReportedEnd
from kubectl_netpol.reports import Flow as ReportedFlow
from kubectl_netpol.reports import Group as ReportedGroup

_MANY = 300                                                     # groups that are looked at by two processes


def explain_connectivity(options: Explain, read: Read) -> Outcome:
    """With -n or -l: what touches such pods."""
    scope = options.scope
    state = state_of(read.supposed, [scope.selector] if scope.selector else ())
    groups = groups_of((state.judge,))
    wanted = {number for number, group in enumerate(groups) if any(
        in_scope(scope, pod.namespace) and (scope.selector is None or matches(scope.selector, pod.labels))
        for place in bits(group.classes) for pod in state.cluster.classes[place])}
    flows = _flows(state.judge, groups)
    shown = set(wanted)
    if len(wanted) < len(groups):
        flows = list(_touching(wanted, flows))
        shown |= {end for each in flows for end in (each.destination, *each.sources) if isinstance(end, int)}
    report = Connectivity(
        scope=scope_of(options.scope), gaps=(),
        groups=tuple(reported_group(number, group) for number, group in enumerate(groups) if number in shown),
        connections=Connections(_reported(flows)))
    return Outcome(report, Exit.OK, read.notes, found_in=(state,))


class _Packed(Struct, frozen=True):
    """Flows whose sources are told once, however many have the same."""

    sources: list[tuple[End, ...]]
    flows: list[tuple[int, Flow]]                               # the place of its sources, and the rest of it


def _flows(judge: Judge, groups: Sequence[Group]) -> list[Flow]:
    """All of them: those to half of the groups by another process, where they are many."""
    numbers = present_groups(judge, groups)
    half = len(numbers) // 2 if len(numbers) >= _MANY else len(numbers)
    with aside(lambda: _packed(flows_to(numbers[half:], judge, groups)), _Packed, is_long=half < len(numbers)) as later:
        first, outside = list(flows_to(numbers[:half], judge, groups)), list(flows_outside(judge, groups))
        return [*first, *_unpacked(later(), first), *outside]


def _unpacked(packed: _Packed, others: Sequence[Flow]) -> Iterator[Flow]:
    """With the sources and ports of other flows, where these have the same."""
    sources, ports = {flow.sources: flow.sources for flow in others}, {flow.ports: flow.ports for flow in others}
    shared = [sources.get(each, each) for each in packed.sources]
    for place, flow in packed.flows:
        yield Flow(shared[place], flow.destination, ports.setdefault(flow.ports, flow.ports))


def _packed(flows: Iterable[Flow]) -> _Packed:
    sources: dict[int, tuple[int, tuple[End, ...]]] = {}        # by their ids: flows share them
    found = [(sources.setdefault(id(flow.sources), (len(sources), flow.sources))[0], Flow((), flow.destination, flow.ports))
             for flow in flows]
    return _Packed([each for _, each in sources.values()], found)


def _touching(wanted: set[int], flows: Sequence[Flow]) -> Iterator[Flow]:
    for flow in flows:
        sources = flow.sources if flow.destination in wanted else tuple(each for each in flow.sources if each in wanted)
        if sources:
            yield replace(flow, sources=sources)


def _reported(flows: Sequence[Flow]) -> list[ReportedFlow]:
    """Sources that are the same tuple stay so."""
    sources = {id(flow.sources): tuple(map(reported_end, flow.sources)) for flow in {id(each.sources): each for each in flows}.values()}
    return [
        ReportedFlow(
            sources[id(each.sources)], reported_end(each.destination), pod_ports(each.ports.sure), pod_ports(each.ports.unsure))
        for each in flows]


def reported_group(number: int, group: Group) -> ReportedGroup:
    return ReportedGroup(_id(number), tuple(map(object_ref, group.workloads)))


@cache
def reported_end(end: End) -> ReportedEnd:
    return ReportedEnd(group=_id(end), cidrs=UNSET) if isinstance(end, int) else ReportedEnd(group=UNSET, cidrs=end)


def _id(number: int) -> str:
    return f"g{number + 1}"


@cache
def pod_ports(ranges: tuple[PortRange, ...]) -> tuple[PodPorts, ...]:
    return tuple(PodPorts(each.protocol, each.first, each.last if each.last != each.first else None) for each in ranges)
