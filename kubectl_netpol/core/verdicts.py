"""Who may reach a pod, on which of its ports? Every question folds the same rules with the same functions.

A connection must be admitted at both ends, by the egress of its source and by the ingress of its destination
(semantics of networking/v1 NetworkPolicySpec). Sources are always the bits of a set; the destination is one class.
"""
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property, reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol.core.addresses import BOTH, EVERYWHERE, FAMILIES, NOWHERE, Addresses, Family, intersection, union
from kubectl_netpol.core.classes import Cluster, addressed, bits, families_of, port_names, signature
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import NO_CONCERNS, Concerns, Unsettled, at_place, unsure
from kubectl_netpol.core.ports import NamedPort, PolicyPorts, PortRange, joined
from kubectl_netpol.core.rows import Named, Row, Value, both, meant, merged, row_of, whole
from kubectl_netpol.core.rules import NONE, Many, Peers, Rule, Rules, exactly, may_be_among
from kubectl_netpol.core.rulings import (
    AREAS,
    NO_RULINGS,
    Algebra,
    Area,
    Ruling,
    Rulings,
    chosen_pods,
    decided,
    either_areas,
    either_pods,
)
from kubectl_netpol.core.workloads import PortName


class Verdict(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    NO_ENDPOINTS = "no-endpoints"


class Tally(Struct, frozen=True):
    """What a set of pairs amounts to: is there any, is one not surely allowed, one possibly, one possibly but not surely?"""

    wanted: bool = False
    missing: bool = False
    possible: bool = False
    unsure: bool = False

    def __or__(self, other: "Tally") -> "Tally":
        return Tally(self.wanted or other.wanted, self.missing or other.missing,
                     self.possible or other.possible, self.unsure or other.unsure)


def verdict_of(tally: Tally) -> Verdict:
    """All surely allowed, none even possibly, or each clearly one of both. Of no pair at all nothing is known."""
    if tally.wanted and not tally.missing:
        return Verdict.ALLOWED
    if tally.wanted and not tally.possible:
        return Verdict.DENIED
    return Verdict.PARTIAL if tally.wanted and not tally.unsure else Verdict.UNKNOWN


class Reach(Struct, frozen=True):
    """Which sources are admitted where both ends use IPv4, and where both use IPv6."""

    ipv4: Many
    ipv6: Many


class _Leaving(Struct, frozen=True):
    """Egress rules of equal peers and ports, and how the destination is among these peers."""

    subject: int
    peers: Peers
    sure: bool
    maybe: bool
    located: tuple[bool, bool]


class Judge:
    """The verdicts of one cluster; what is equal for many pods is worked out once."""

    def __init__(self, cluster: Cluster, rules: Rules, rulings: Rulings = NO_RULINGS, concerns: Concerns = NO_CONCERNS) -> None:
        self.cluster, self.rules, self.rulings, self.concerns = cluster, rules, rulings, concerns
        self.is_tiered = rulings.are_unread or any(rulings.every.values())      # most clusters have NetworkPolicies alone
        self._everyone = cluster.pods.everyone
        self._in_family = tuple(_reachable(cluster, family) for family in Family)
        ports = {rule.ports for every in rules.every.values() for rule in every} | {
            ruling.ports for every in rulings.every.values() for ruling in every}
        self._names = frozenset((port.protocol, port.name) for each in ports for port in each if isinstance(port, NamedPort))
        self._sets = Algebra(exactly(self._everyone), NONE, chosen_pods, either_pods)

    # ---- pods

    def sources(self, place: int, within: frozenset[Family] = BOTH) -> Row[Many]:
        """Which pods may connect to those of a class, by pod port, in the families of both and of the question. Between the pods of the
        class too; of a pod itself nothing is said."""
        ingress, egress = self.ingress(place), self.egress(place)
        families = families_of(place, self.cluster) & within
        return self.cluster.once(("sources", id(ingress), id(egress), families), lambda: merged(
            [(ports, self._settled(_pair(left, right), families)) for ports, left, right in both(ingress, egress)]))

    def admitted(self, place: int, within: frozenset[Family] = BOTH) -> Row[Many]:
        """Which pods the ingress policies of a class admit, whatever their own egress says."""
        ingress, families = self.ingress(place), families_of(place, self.cluster) & within
        return self.cluster.once(("admitted", id(ingress), families), lambda: merged(
            [(ports, self._settled(reach, families)) for ports, reach in ingress]))

    def released(self, place: int, within: frozenset[Family] = BOTH) -> Row[Many]:
        """Which pods' own egress policies let them connect to a class."""
        egress, families = self.egress(place), families_of(place, self.cluster) & within
        return self.cluster.once(("released", id(egress), families), lambda: merged(
            [(ports, self._settled(reach, families)) for ports, reach in egress]))

    def released_by_policies(self, place: int) -> Row[Many]:
        """As released, by NetworkPolicies alone."""
        families = families_of(place, self.cluster)
        return merged([(ports, self._settled(reach, families)) for ports, reach in self._egress(place)])

    def ingress(self, place: int) -> Row[Reach]:
        return self.cluster.once(("ingress of", place), lambda: self._as_far_as_settled(
            at_place(place, self.concerns.among_pods[Direction.INGRESS], self._everyone),
            self._through_tiers(Direction.INGRESS, place, self._ingress(place))))

    def _ingress(self, place: int) -> Row[Reach]:
        isolated, bit = self.rules.isolated[Direction.INGRESS], 1 << place
        if not isolated.maybe & bit:
            return self.cluster.once("open", lambda: whole(_alike(Many(self._everyone, self._everyone))))
        places, surely = self.rules.of[Direction.INGRESS].get(place, ()), bool(isolated.sure & bit)
        named = self.named(place)
        return self.cluster.once(("ingress", places, _key(named), surely), lambda: row_of(
            [(rule.ports, rule.peers) for rule in self._at(Direction.INGRESS, places)], named,
            lambda peers: self._entering(peers, surely)))

    def _entering(self, matching: list[tuple[Peers, bool]], surely_isolated: bool) -> Reach:
        """A host-network source may be on the pod's own node, whose traffic is always allowed."""
        others, unlocated = self.cluster.host_network if surely_isolated else self._everyone, self.cluster.unlocated
        found = reduce(or_, (_sure_if(sure, peers.pods) for peers, sure in matching), Many(0, others))
        surely = union([peers.addresses for peers, sure in matching if sure and unlocated])
        maybe = union([peers.addresses for peers, _ in matching if unlocated])
        return self._reach(lambda index, family: reduce(
            or_, (_sure_if(sure, exactly(peers.located[index])) for peers, sure in matching if peers.located[index]), found)
            | Many(unlocated * _covers(surely, family), unlocated * _touches(maybe, family)))

    def _reach(self, of_family: Callable[[int, Family], Many]) -> Reach:
        """Of families that no pod has nothing is asked."""
        return Reach(*(of_family(index, family) if family in self.cluster.families else NONE for index, family in enumerate(Family)))

    def egress(self, place: int) -> Row[Reach]:
        return self.cluster.once(("egress of", place), lambda: self._as_far_as_settled(
            self.concerns.among_pods[Direction.EGRESS], self._through_tiers(Direction.EGRESS, place, self._egress(place))))

    def _egress(self, place: int) -> Row[Reach]:
        among, named = self._among(place), self.named(place)
        is_known = not self._may_be_located(place)
        return self.cluster.once(("egress", among, _key(named), is_known), lambda: row_of(
            [(ports, _Leaving(subject, self.outgoing[index][0], *how)) for index, how in among
             for ports, subject in self.outgoing[index][1].items()],
            named, lambda leaving: self._leaving(leaving, is_known)))

    def _leaving(self, matching: list[tuple[_Leaving, bool]], is_known: bool) -> Reach:
        isolated = self.rules.isolated[Direction.EGRESS]
        found = reduce(
            or_, (Many(each.subject * (sure and each.sure), each.subject * each.maybe) for each, sure in matching),
            Many(self._everyone & ~isolated.maybe, self._everyone & ~isolated.sure))
        if not is_known:
            return self._reach(lambda index, family: found | self._perhaps(matching, family))
        return self._reach(lambda index, family: reduce(
            or_, (Many(each.subject * sure, each.subject) for each, sure in matching if each.located[index]), found))

    def _perhaps(self, matching: list[tuple[_Leaving, bool]], family: Family) -> Many:
        """Sources whose blocks may hold an address that is not known: surely, where together they hold the whole family."""
        blocks = [(each.subject, each.peers.addresses, sure) for each, sure in matching if _touches(each.peers.addresses, family)]
        return self.cluster.once(("perhaps", family, tuple(blocks)), lambda: Many(
            _covered([(subject, addresses) for subject, addresses, sure in blocks if sure], FAMILIES[family]),
            reduce(or_, (subject for subject, _, _ in blocks), 0)))

    def _settled(self, reach: Reach, families: frozenset[Family]) -> Many:
        """Surely admitted is who is so in every family that both ends have; without a common one only labels can decide.
        In no family nobody comes."""
        if len(families) < 2:
            return reach.ipv4 if Family.IPV4 in families else reach.ipv6 if families else Many()
        sure, maybe = self._everyone, 0
        for within, each in zip(self._in_family, (reach.ipv4, reach.ipv6), strict=True):
            sure &= each.sure | ~within
            maybe |= each.maybe & within
        return Many(sure & maybe, maybe)

    def named_by(self, place: int, direction: Direction) -> int:
        """All pods that the rules of a class may name, on whatever ports."""
        if self.ruled(place, direction) or self.concerns.among_pods[direction].openable >> place & 1:
            return self._everyone
        places = self.rules.of[direction].get(place, ())
        return self.cluster.once(("named by", direction, places), lambda: reduce(
            or_, (may_be_among(rule.peers, self.cluster) for rule in self._at(direction, places)), 0))

    def may_enter(self, place: int) -> int:
        """All pods that the ingress policies of a class may let in on some port; nodes' pods may always be on its own node."""
        is_isolated = self.rules.isolated[Direction.INGRESS].sure & ~self.concerns.among_pods[Direction.INGRESS].openable
        if not is_isolated >> place & 1 or self.ruled(place, Direction.INGRESS):
            return self._everyone
        return self.named_by(place, Direction.INGRESS) | self.cluster.host_network

    # ---- pods and what is outside

    def area(self, place: int, direction: Direction) -> Row[Area]:
        """Which addresses outside may connect to the pods of a class, or may be reached by them. No port has a name there."""
        unsettled = at_place(place, self.concerns.with_outside[direction], 1)
        if not self.is_tiered and not unsettled.concerned:
            return self._area(place, direction)
        return self.cluster.once(("area of", place, direction), lambda: self._areas_as_far_as_settled(
            unsettled, self._areas_through_tiers(direction, place, self._area(place, direction))))

    def _area(self, place: int, direction: Direction) -> Row[Area]:
        isolated, bit = self.rules.isolated[direction], 1 << place
        if not isolated.maybe & bit:
            return self.cluster.once("open area", lambda: whole(Area(EVERYWHERE, EVERYWHERE)))
        places, surely = self.rules.of[direction].get(place, ()), bool(isolated.sure & bit)
        named = self.named(place) if direction is Direction.INGRESS else {}
        return self.cluster.once(("area", direction, places, _key(named), surely), lambda: row_of(
            [(rule.ports, rule.peers.addresses) for rule in self._at(direction, places)], named,
            lambda matching: _area(matching, surely)))

    # ---- the tiers around the NetworkPolicies

    def ruled(self, place: int, direction: Direction) -> tuple[int, ...]:
        """The rules of tiers that concern a class: as a subject."""
        return self.rulings.of[direction].get(place, ())

    def has_others(self, place: int, direction: Direction) -> bool:
        """Whether more than NetworkPolicies decides about a class as a subject."""
        if self.concerns.with_outside[direction].concerned >> place & 1:
            return True
        return self.is_tiered and (self.rulings.are_unread or bool(self.ruled(place, direction)))

    def ruling(self, place: int, direction: Direction, ports: PortRange) -> list[tuple[Ruling, bool]]:
        """The rules of tiers that match some of the ports of a class as a subject, and whether it surely is one, and they all of them."""
        if not self.is_tiered:
            return []
        numbers, named = self.ruled(place, direction), self.named(place) if direction is Direction.INGRESS else {}
        sure = tuple(bool(self.rulings.every[direction][number].subject.sure >> place & 1) for number in numbers)
        return self.cluster.once(
            ("ruling", direction, numbers, sure, ports, _key(named)), lambda: self._ruling(direction, numbers, sure, ports, named))

    def _ruling(
            self, direction: Direction, numbers: tuple[int, ...], sure: tuple[bool, ...], ports: PortRange, named: Named,
            ) -> list[tuple[Ruling, bool]]:
        every = [(self.rulings.every[direction][number], is_sure) for number, is_sure in zip(numbers, sure, strict=True)]
        met = [(ruling, is_sure, _meets(ruling.ports, ports, named)) for ruling, is_sure in every]
        return [(ruling, is_sure and surely) for ruling, is_sure, (meets, surely) in met if meets]

    def leaving(self, pods: int, place: int | None, ports: PortRange) -> list[tuple[Ruling, bool]]:
        """The egress rules of tiers of some pods that match some of the ports of a class, or of addresses outside."""
        named = self.named(place) if place is not None else {}
        every = [ruling for ruling in self.rulings.every[Direction.EGRESS] if ruling.subject.maybe & pods]
        met = [(ruling, _meets(ruling.ports, ports, named)) for ruling in every]
        return [(ruling, surely) for ruling, (meets, surely) in met if meets]

    def _through_tiers(self, direction: Direction, place: int, row: Row[Reach]) -> Row[Reach]:
        """A row of the NetworkPolicies with what the tiers decide before and after them."""
        is_ingress = direction is Direction.INGRESS
        numbers = self.ruled(place, direction) if is_ingress else self.rulings.towards.get(place, ())
        if not numbers and not self.rulings.are_unread:
            return row
        every = [self.rulings.every[direction][number] for number in numbers]
        concerned = tuple((_concerns(ruling, place, 0), _concerns(ruling, place, 1)) for ruling in every)
        own, named = self._isolation(direction, place) if is_ingress else (), self.named(place)
        isolated = Many(*(self._everyone * each for each in own)) if is_ingress else self.rules.isolated[direction]

        def found(reach: Reach, said: Matching) -> Reach:
            return Reach(*(
                self._decided([(every[at], _matched(every[at], concerned[at][index], index, sure)) for at, sure in said], isolated, pods)
                for index, pods in enumerate((reach.ipv4, reach.ipv6))))
        return self.cluster.once(
            ("tiers", direction, id(row), numbers, concerned, own, _key(named)), lambda: _row_through(every, row, named, found))

    def _decided(self, said: list[tuple[Ruling, Many]], isolated: Many, by_policies: Many) -> Many:
        found = decided(said, isolated, by_policies, self._sets)
        return either_pods((found, self._sets.everything, NONE)) if self.rulings.are_unread else found

    def _areas_through_tiers(self, direction: Direction, place: int, row: Row[Area]) -> Row[Area]:
        numbers = self.ruled(place, direction)
        if not numbers and not self.rulings.are_unread:
            return row
        every = [self.rulings.every[direction][number] for number in numbers]
        surely = tuple(bool(ruling.subject.sure >> place & 1) for ruling in every)
        own, named = self._isolation(direction, place), self.named(place) if direction is Direction.INGRESS else {}
        isolated = Area(*(EVERYWHERE if each else NOWHERE for each in own))

        def found(area: Area, said: Matching) -> Area:
            matched = [(every[at], _sure_area(surely[at] and sure, every[at].peers.addresses)) for at, sure in said]
            known = decided(matched, isolated, area, AREAS)
            return either_areas((known, AREAS.everything, AREAS.nothing)) if self.rulings.are_unread else known
        return self.cluster.once(
            ("areas through tiers", direction, id(row), numbers, surely, own, _key(named)), lambda: _row_through(every, row, named, found))

    # ---- other engines

    def _as_far_as_settled(self, unsettled: Unsettled, row: Row[Reach]) -> Row[Reach]:
        """A row with what other engines may refuse or allow."""
        if not unsettled.concerned:
            return row
        return self.cluster.once(
            ("as far as settled", id(row), signature(unsettled.refusable), signature(unsettled.openable)), lambda: merged(
                [(ports, Reach(unsure(reach.ipv4, unsettled), unsure(reach.ipv6, unsettled))) for ports, reach in row]))

    def _areas_as_far_as_settled(self, unsettled: Unsettled, row: Row[Area]) -> Row[Area]:
        if not unsettled.concerned:
            return row
        return self.cluster.once(("areas as far as settled", id(row), unsettled), lambda: merged(
            [(ports, Area(NOWHERE if unsettled.refusable else area.sure, EVERYWHERE if unsettled.openable else area.maybe))
             for ports, area in row]))

    def _isolation(self, direction: Direction, place: int) -> tuple[bool, bool]:
        """Whether NetworkPolicies surely, and possibly, isolate a class."""
        isolated = self.rules.isolated[direction]
        return bool(isolated.sure >> place & 1), bool(isolated.maybe >> place & 1)

    # ---- evidence

    def matching(self, place: int, direction: Direction, ports: PortRange, named: Named) -> list[tuple[Rule, bool]]:
        """The rules of a class as a subject that match some of the ports, and whether surely all; named are the destination's."""
        places = self.rules.of[direction].get(place, ())
        return self.cluster.once(
            ("matching", direction, places, ports, _key(named)), lambda: self._matching(direction, places, ports, named))

    def _matching(self, direction: Direction, places: tuple[int, ...], ports: PortRange, named: Named) -> list[tuple[Rule, bool]]:
        met = [(rule, _meets(rule.ports, ports, named)) for rule in self._at(direction, places)]
        return [(rule, surely) for rule, (meets, surely) in met if meets]

    def named(self, place: int) -> dict[PortName, tuple[int, ...]]:
        """The ports of a class that some policy names."""
        pod = self.cluster.classes[place][0]
        return self.cluster.once(("named", id(pod.ports.named)), lambda: {
            name: numbers for name, numbers in port_names(pod, self.cluster).items() if name in self._names})

    # ---- what is worked out once

    def _at(self, direction: Direction, places: tuple[int, ...]) -> list[Rule]:
        return [self.rules.every[direction][place] for place in places]

    def _among(self, place: int) -> tuple[tuple[int, "_How"], ...]:
        """The peers of egress rules that a class is among, or may be: blocks may hold any address that is not known."""
        bit, destinations = 1 << place, self._destinations
        blocks = self._blocks if self._may_be_located(place) else ()
        return tuple((index, _how(self.outgoing[index][0], bit)) for index in sorted({*destinations.get(place, ()), *blocks}))

    def _may_be_located(self, place: int) -> bool:
        """Whether blocks may hold a class, as its addresses are not known."""
        return not self.cluster.classes[place][0].addresses and self.cluster.profile.blocks_hold_pods

    @cached_property
    def outgoing(self) -> list[tuple[Peers, dict[PolicyPorts, int]]]:
        """The egress rules by their peers, then by their ports: whose rules they are."""
        outgoing: dict[int, tuple[Peers, dict[PolicyPorts, int]]] = {}      # by the id of the peers: equal ones are one object
        for rule in self.rules.every[Direction.EGRESS]:
            _, by_ports = outgoing.setdefault(id(rule.peers), (rule.peers, {}))
            by_ports[rule.ports] = by_ports.get(rule.ports, 0) | rule.subject
        return list(outgoing.values())

    @cached_property
    def _destinations(self) -> dict[int, list[int]]:
        """Class → the places in outgoing that surely or possibly hold it, by label or by a known address."""
        destinations: dict[int, list[int]] = {}
        for index, (peers, _) in enumerate(self.outgoing):
            for place in bits(peers.pods.maybe | peers.located[0] | peers.located[1]):
                destinations.setdefault(place, []).append(index)
        return destinations

    @cached_property
    def _blocks(self) -> tuple[int, ...]:
        return tuple(index for index, (peers, _) in enumerate(self.outgoing) if peers.addresses)


_How = tuple[bool, bool, tuple[bool, bool]]                     # sure, maybe, located: as in _Leaving


def _how(peers: Peers, bit: int) -> _How:
    return bool(peers.pods.sure & bit), bool(peers.pods.maybe & bit), (bool(peers.located[0] & bit), bool(peers.located[1] & bit))


Matching = list[tuple[int, bool]]                               # places of the rules whose ports match, rising, and whether surely


def _row_through(every: Sequence[Ruling], row: Row[Value], named: Named, found: Callable[[Value, Matching], Value]) -> Row[Value]:
    """Each value of a row with the rules that match there."""
    said: Row[Matching] = row_of([(ruling.ports, at) for at, ruling in enumerate(every)], named, sorted)
    known: dict[tuple[int, int], Value] = {}
    pieces = []
    for ports, value, matching in both(row, said):
        if (id(value), id(matching)) not in known:
            known[id(value), id(matching)] = found(value, matching)
        pieces.append((ports, known[id(value), id(matching)]))
    return merged(pieces)


def _meets(entries: PolicyPorts, ports: PortRange, named: Named) -> tuple[bool, bool]:
    """Whether entries hold some of the ports, and whether they surely hold all."""
    met = [(each, surely) for each, surely in meant(entries, named)
           if each.protocol == ports.protocol and each.first <= ports.last and ports.first <= each.last]
    return bool(met), any(ports in each for each in joined([each for each, surely in met if surely]))


def _concerns(ruling: Ruling, place: int, family: int) -> tuple[bool, bool]:
    """Whether a rule surely, and possibly, speaks of a class as the destination."""
    pods = ruling.subject if ruling.direction is Direction.INGRESS else ruling.peers.pods[family]
    return bool(pods.sure >> place & 1), bool(pods.maybe >> place & 1)


def _matched(ruling: Ruling, concerned: tuple[bool, bool], family: int, surely: bool) -> Many:
    """The sources that a rule matches at a destination."""
    sources = ruling.peers.pods[family] if ruling.direction is Direction.INGRESS else ruling.subject
    return _sure_if(surely and concerned[0], sources) if concerned[1] else NONE


def _sure_area(sure: bool, area: Area) -> Area:
    return area if sure else Area(NOWHERE, area.maybe)


def _pair(left: Reach, right: Reach) -> Reach:
    return Reach(left.ipv4 & right.ipv4, left.ipv6 & right.ipv6)


def _alike(many: Many) -> Reach:
    return Reach(many, many)


def _sure_if(sure: bool, many: Many) -> Many:
    return many if sure else Many(0, many.maybe)


def _key(named: Named) -> tuple[tuple[PortName, tuple[int, ...]], ...]:
    return tuple(sorted(named.items())) if named else ()


def _reachable(cluster: Cluster, family: Family) -> int:
    """The pods that have, or may have, an address of the family."""
    return addressed(family, cluster) | cluster.addressless * (family in cluster.families)


def _area(matching: Sequence[tuple[Addresses, bool]], surely_isolated: bool) -> Area:
    maybe = union([addresses for addresses, _ in matching]) if surely_isolated else EVERYWHERE
    return Area(union([addresses for addresses, sure in matching if sure]), maybe)


def _covers(addresses: Addresses, family: Family) -> bool:
    return intersection(addresses, FAMILIES[family]) == FAMILIES[family]


def _touches(addresses: Addresses, family: Family) -> bool:
    return bool(intersection(addresses, FAMILIES[family]))


def _covered(blocks: list[tuple[int, Addresses]], family: Addresses) -> int:
    """The pods whose blocks together hold every address of a family."""
    ((first, after),) = family.ranges
    changes = sorted({first, *(place for _, addresses in blocks for each in addresses.ranges for place in each if first <= place < after)})
    covered = reduce(or_, (subject for subject, _ in blocks), 0)
    for place in changes:
        if not covered:
            break
        covered &= reduce(or_, (subject for subject, addresses in blocks if _holds(addresses, place)), 0)
    return covered


def _holds(addresses: Addresses, place: int) -> bool:
    return any(start <= place < after for start, after in addresses.ranges)
