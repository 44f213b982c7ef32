"""Which workloads are treated alike, and who reaches whom? The map of a cluster, over all ports."""
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE, Addresses, Family, cidrs_of, difference, intersection
from kubectl_netpol.core.classes import addressed, bits, set_of, signature
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import PortRange, joined
from kubectl_netpol.core.rows import Row
from kubectl_netpol.core.rules import Many
from kubectl_netpol.core.rulings import Area
from kubectl_netpol.core.verdicts import Judge
from kubectl_netpol.snapshot import Key


class Group(Struct, frozen=True):
    """Classes that all rules treat alike."""

    classes: int
    place: int                                                  # the class that stands for all of them
    workloads: tuple[Key, ...]                                  # single Pods where a workload's pods are treated differently


class Ports(Struct, frozen=True):
    """What is allowed, and what is not known, in as few ranges as can be."""

    sure: tuple[PortRange, ...] = ()
    unsure: tuple[PortRange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sure or self.unsure)


End = int | tuple[str, ...]                                     # the number of a group, or CIDRs outside


class Flow(Struct, frozen=True):
    """Connections that differ in their source only: of each source to the destination. Flows from the same sources share them."""

    sources: tuple[End, ...]
    destination: End
    ports: Ports


def groups_of(judges: Sequence[Judge]) -> tuple[Group, ...]:
    """The groups that are treated alike in each of the states, in order of their first class."""
    members: dict[object, int] = defaultdict(int)
    signatures = [_signatures(judge) for judge in judges]
    for place in range(len(judges[0].cluster.classes)):
        members[tuple(each[place] for each in signatures)] |= 1 << place
    homes = _workloads(judges, list(members.values()))
    return tuple(Group(classes, next(bits(classes)), homes[classes]) for classes in members.values())


def _signatures(judge: Judge) -> list[object]:
    """For each class in which of the sets it is that rules speak of; None where it has no pods."""
    cluster, rules = judge.cluster, judge.rules
    sets = [cluster.host_network, cluster.bare, cluster.addressless, *(addressed(family, cluster) for family in Family)]
    for direction in Direction:
        sets += (isolated.subject for isolated in rules.isolating[direction])
        for rule in rules.every[direction]:
            sets += (rule.subject, rule.peers.pods.sure, rule.peers.pods.maybe, *rule.peers.located)
        for ruling in judge.rulings.every[direction]:
            sets += (ruling.subject.sure, ruling.subject.maybe, *(part for pods in ruling.peers.pods for part in (pods.sure, pods.maybe)))
        for unsettled in (judge.concerns.among_pods[direction], judge.concerns.with_outside[direction]):
            sets += (unsettled.refusable, unsettled.openable)
    within: list[list[int]] = [[] for _ in cluster.classes]
    for number, (_, pods) in enumerate(dict.fromkeys(map(signature, sets))):
        if pods != cluster.pods.everyone:
            for place in bits(pods):
                within[place].append(number)
    return [
        (tuple(within[place]), tuple(sorted(judge.named(place).items()))) if members else None
        for place, members in enumerate(cluster.classes)]


def _workloads(judges: Sequence[Judge], groups: list[int]) -> dict[int, tuple[Key, ...]]:
    pods = {
        classes: {pod.key: pod.workload for judge in judges for place in bits(classes) for pod in judge.cluster.classes[place]}
        for classes in groups}
    homes: dict[Key, int] = defaultdict(int)
    for each in pods.values():
        for workload in set(each.values()):
            homes[workload] += 1
    return {
        classes: tuple(sorted({workload if homes[workload] == 1 else key for key, workload in each.items()}))
        for classes, each in pods.items()}


def flows_to(destinations: Sequence[int], judge: Judge, groups: Sequence[Group]) -> Iterator[Flow]:
    """Whoever reaches some of the groups at all, or may: by destination, pods before addresses."""
    numbers = _numbers(judge, groups)
    standing = set_of(list(numbers))
    members: dict[tuple[int, int], tuple[End, ...]] = {}
    for number in destinations:
        place = groups[number].place
        for pods, ports in entering(groups[number], standing, judge):
            if signature(pods) not in members:
                members[signature(pods)] = tuple(numbers[source] for source in bits(pods))
            yield Flow(members[signature(pods)], number, ports)
        for addresses, ports in areas_of(judge, place, Direction.INGRESS):
            yield Flow((cidrs_of(addresses),), number, ports)


def flows_outside(judge: Judge, groups: Sequence[Group]) -> Iterator[Flow]:
    """Whoever reaches addresses outside at all, or may."""
    for place, number in _numbers(judge, groups).items():
        for addresses, ports in areas_of(judge, place, Direction.EGRESS):
            yield Flow((number,), cidrs_of(addresses), ports)


def present_groups(judge: Judge, groups: Sequence[Group]) -> list[int]:
    """The numbers of those that have pods in this state."""
    return list(_numbers(judge, groups).values())


def _numbers(judge: Judge, groups: Sequence[Group]) -> dict[int, int]:
    """By the class that stands for the group."""
    return {group.place: number for number, group in enumerate(groups) if judge.cluster.classes[group.place]}


def entering(group: Group, standing: int, judge: Judge) -> list[tuple[int, Ports]]:
    """The pods that may connect to a group at all, divided by what they may; standing are the classes that stand for their groups."""
    row, own = judge.sources(group.place), 1 << group.place
    parts = judge.cluster.once(("by source", id(row), signature(standing)), lambda: _by_source(row, standing))
    if _has_several(judge, group):
        return parts
    return [(pods & ~own, ports) for pods, ports in parts if pods != own]


def areas_of(judge: Judge, place: int, direction: Direction) -> list[tuple[Addresses, Ports]]:
    """The addresses outside that may connect, or may be reached, divided likewise."""
    row = judge.area(place, direction)
    return judge.cluster.once(("areas", id(row)), lambda: _by_address(row))


def _has_several(judge: Judge, group: Group) -> bool:
    present = [place for place in bits(group.classes) if judge.cluster.classes[place]]
    return len(present) > 1 or bool(judge.cluster.several & group.classes)


def _by_source(row: Row[Many], pods: int) -> list[tuple[int, Ports]]:
    parts: dict[tuple[tuple[PortRange, bool], ...], int] = {(): pods}
    for ports, many in row:
        divided: dict[tuple[tuple[PortRange, bool], ...], int] = {}
        for before, part in parts.items():
            for mark, piece in (
                    ((), part & ~many.maybe), (((ports, False),), part & many.maybe & ~many.sure), (((ports, True),), part & many.sure)):
                if piece:
                    divided[before + mark] = piece
        parts = divided
    return [(part, _ports(marks)) for marks, part in sorted(parts.items(), key=lambda each: each[1] & -each[1]) if marks]


def _by_address(row: Row[Area]) -> list[tuple[Addresses, Ports]]:
    parts: dict[tuple[tuple[PortRange, bool], ...], Addresses] = {(): EVERYWHERE}
    for ports, area in row:
        divided: dict[tuple[tuple[PortRange, bool], ...], Addresses] = {}
        for before, part in parts.items():
            unsure = difference(intersection(part, area.maybe), area.sure) if area.maybe != area.sure else NOWHERE
            for mark, piece in (
                    ((), difference(part, area.maybe)), (((ports, False),), unsure), (((ports, True),), intersection(part, area.sure))):
                if piece:
                    divided[before + mark] = piece
        parts = divided
    return [(part, _ports(marks)) for marks, part in sorted(parts.items(), key=lambda each: each[1].ranges) if marks]


def _ports(marks: tuple[tuple[PortRange, bool], ...]) -> Ports:
    return Ports(joined([ports for ports, sure in marks if sure]), joined([ports for ports, sure in marks if not sure]))
