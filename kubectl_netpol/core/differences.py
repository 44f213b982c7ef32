"""What becomes different between two states: who may reach each Service port, who is isolated, which workloads connect?"""
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import EVERYWHERE, Addresses, cidrs_of, difference, intersection, union
from kubectl_netpol.core.answers import admitting_at, as_far_as_read, has_unread, isolating_at, judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.connections import End, Group, Ports, areas_of, entering, groups_of
from kubectl_netpol.core.deciders import terms_of_peers
from kubectl_netpol.core.destinations import Spot, alike, leaving_treatment, spot_of
from kubectl_netpol.core.dialling import let_out, spots_behind
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import backends_of, backing_of, protocol_of, selected_by, selects_pods, spec_of
from kubectl_netpol.core.exposure import through_service
from kubectl_netpol.core.policies import PodPeer, Policy
from kubectl_netpol.core.resolve import ends_of
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.selectors import EVERYTHING
from kubectl_netpol.core.sources import term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Object, Pods, SameNamespace, Source, TargetKind
from kubectl_netpol.core.tiers import TierPolicy
from kubectl_netpol.core.unread import hidden
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


class ServiceDifference(Struct, frozen=True):
    """A source whose verdict for a Service port is another one."""

    service: Key
    port: api.ServicePort
    source: Source
    before: Verdict
    after: Verdict


class Touched(Struct, frozen=True):
    """What a change can concern: destinations, and the egress of sources by the policies that differ."""

    services: tuple[tuple[str, str], ...]                       # namespaces and names, in order
    destinations: int
    leaving: tuple[Policy, ...]
    tiers: tuple[TierPolicy, ...]                               # those of administrators that differ
    is_everything: bool
    unsettled: int = 0                                          # pods whose egress other engines concern otherwise than before


# ---- Services


def service_differences(before: State, after: State) -> Iterator[ServiceDifference]:
    """In order of the Services, of their ports, and of the terms in which policies speak of sources."""
    touched = touched_by(before, after)
    return (each for each in service_rows(touched.services, before, after, touched) if each.before is not each.after)


def service_rows(names: Iterable[tuple[str, str]], before: State, after: State, touched: Touched) -> Iterator[ServiceDifference]:
    """The differences of those Services that have any, with what stays as it is."""
    for name in names:
        key, numbers = Key("Service", *name), _ports(before.snapshot.services.get(name), after.snapshot.services.get(name))
        ports = [(_side(key, number, before), _side(key, number, after)) for number in numbers]
        leaving = [_egress_terms(sides, key.namespace, touched) for sides in ports]
        if any(leaving) or any(_may_change(sides, key.namespace, touched) for sides in ports):
            for sides, terms in zip(ports, leaving, strict=True):
                yield from _port_differences(key, sides, terms, touched)


def touched_by(before: State, after: State) -> Touched:
    differing = [key for key in {**before.policies, **after.policies} if not _is_same(before.policies.get(key), after.policies.get(key))]
    pairs = [(state, state.policies[key]) for key in sorted(differing) for state in (before, after) if key in state.policies]
    destinations = 0
    for state, policy in pairs:
        destinations |= subject_of(policy, state.cluster) if Direction.INGRESS in policy.rules else 0
    leaving = tuple(policy for _, policy in pairs if Direction.EGRESS in policy.rules)
    sources = reduce(or_, (subject_of(policy, state.cluster) for state in (before, after) for policy in leaving), 0)
    is_everything = not _have_equal_objects(before, after)
    names = sorted({*before.snapshot.services, *after.snapshot.services})
    services = [name for name in names if is_everything or any(
        _is_touched(state.snapshot.services[name], state, destinations, sources)
        for state in (before, after) if name in state.snapshot.services)]
    return Touched(tuple(services), destinations, leaving, _differing_tiers(before, after), is_everything, _unsettled(before, after))


def _unsettled(before: State, after: State) -> int:
    one, other = (state.judge.concerns.among_pods[Direction.EGRESS] for state in (before, after))
    return one.refusable ^ other.refusable | one.openable ^ other.openable


def _differing_tiers(before: State, after: State) -> tuple[TierPolicy, ...]:
    both = before.tiers, after.tiers
    keys = [key for key in sorted({**both[0], **both[1]}) if both[0].get(key) != both[1].get(key)]
    return tuple(tiers[key] for key in keys for tiers in both if key in tiers)


def _is_touched(service: api.Service, state: State, destinations: int, sources: int) -> bool:
    """Whether policies may differ for a Service: in the ingress of its pods, or in the egress of some whom that may let in."""
    if sources and not selects_pods(service):
        return True                                             # its endpoints are made by hand, some of them outside
    pods = selected_by(service, state.cluster)
    return bool(pods & destinations) or any(sources & state.judge.may_enter(place) for place in bits(pods))


def _is_same(before: Policy | None, after: Policy | None) -> bool:
    return before is after or before == after


def _have_equal_objects(before: State, after: State) -> bool:
    one, other = before.snapshot, after.snapshot
    return (one.pods == other.pods and one.workloads == other.workloads and one.services == other.services
            and one.namespaces == other.namespaces and one.endpoint_slices == other.endpoint_slices
            and one.nodes == other.nodes and one.tiers == other.tiers and before.foreign == after.foreign)


def _ports(*services: api.Service | None) -> list[tuple[int, str]]:
    """(number, protocol) of all ports, in the order of the Services."""
    return list(dict.fromkeys((port.port, protocol_of(port)) for service in services if service for port in spec_of(service).ports or ()))


class _Side(Struct, frozen=True):
    """One Service port in one state."""

    state: State
    service: api.Service | None
    port: api.ServicePort | None
    spots: tuple[Spot, ...]


def _port_differences(
        key: Key, sides: tuple[_Side, _Side], leaving: Sequence[Source], touched: Touched) -> Iterator[ServiceDifference]:
    states = sides[0].state, sides[1].state
    port = sides[1].port or sides[0].port
    assert port is not None
    named = [*_ingress_terms(sides, key.namespace, touched), *leaving]
    for source in dict.fromkeys([*named, *_moved(named, key.namespace, states)]):
        was, becomes = (_verdict(source, key.namespace, side) for side in sides)
        if was is not becomes or _is_somebody(source, key.namespace, states[1]):
            yield ServiceDifference(key, port, source, was, becomes)


def _may_change(sides: tuple[_Side, _Side], home: str, touched: Touched) -> bool:
    """Whether any verdict may be another one, where egress says what it did. Pods whose policies let in just whom they did decide
    nothing; those of the others say the same of a source as before, or the verdict of all may change."""
    before, after = sides
    if touched.is_everything or len(before.spots) != len(after.spots):
        return True
    pairs = zip(before.spots, after.spots, strict=True)
    differing = [pair for pair in pairs if _admitted(pair[0], home, before.state) != _admitted(pair[1], home, after.state)]
    spots = [tuple(spot for spot, _ in differing), tuple(spot for _, spot in differing)]
    for source in dict.fromkeys(_ingress_terms(sides, home, touched)) if differing else ():
        ends = [ends_of(source, home, side.state.cluster) for side in sides]
        if any(map(has_unread, ends)):
            return True
        was, becomes = (judgement(own, home, found, side.state) for own, found, side in zip(ends, spots, sides, strict=True))
        if was != becomes:
            return True
    return False


def _admitted(spot: Spot, home: str, state: State) -> object:
    """What all ingress rules say of a spot, whoever comes: in sets, and in terms."""
    if spot.place is None:
        return None
    place, judge = spot.place, state.judge
    return state.cluster.once(("whoever is admitted", spot, home), lambda: (
        at(judge.ingress(place), spot.ports), at(judge.area(place, Direction.INGRESS), spot.ports),
        frozenset((each.term, each.surely) for each in admitting_at(spot, Direction.INGRESS, home, state)),
        bool(isolating_at(place, Direction.INGRESS, state))))


def _is_somebody(source: Source, home: str, state: State) -> bool:
    """What stays allowed to nobody is no news."""
    ends = ends_of(source, home, state.cluster)
    return bool(ends.pods or ends.addresses)


def _moved(terms: Sequence[Source], home: str, states: tuple[State, State]) -> Iterator[Source]:
    """Pods that were or become what a term names, by a label of theirs or of their namespace: the verdict of the term is not theirs."""
    moved = 0
    for term in terms:
        if isinstance(term, Pods):
            members = [ends_of(term, home, state.cluster).pods for state in states]
            moved |= members[0] ^ members[1]
    yield from _named(moved, home, states)


def _named(pods: int, home: str, states: tuple[State, State]) -> Iterator[Source]:
    """Those that both states have, by their namespaces where all of these are meant."""
    present = [sum(1 << place for place in bits(pods) if state.cluster.classes[place]) for state in states] if pods else [0, 0]
    moved = present[0] & present[1]
    namespaces = {state.cluster.classes[place][0].namespace for state in states[:1] for place in bits(moved)}
    for namespace in sorted(namespaces):
        own = states[1].cluster.by_namespace[namespace] & ~states[1].cluster.host_network
        if not own & ~moved:
            yield SameNamespace() if namespace == home else Pods(EVERYTHING, namespace)
        else:
            yield from _objects(own & moved, home, states)


def _objects(pods: int, home: str, states: tuple[State, State]) -> Iterator[Source]:
    """Workloads that both states have, else the pods themselves."""
    found = {_known(pod.workload, pod.key, states) for place in bits(pods) for pod in states[1].cluster.classes[place]}
    for key in sorted(each for each in found if each is not None):
        yield Object(TargetKind(key.kind), key.name, None if key.namespace == home else key.namespace)


def _known(workload: Key, pod: Key, states: tuple[State, State]) -> Key | None:
    if all((workload.kind, workload.namespace, workload.name) in state.snapshot.workloads for state in states):
        return workload
    return pod if all((pod.namespace, pod.name) in state.snapshot.pods for state in states) else None


def _side(key: Key, number: tuple[int, str], state: State) -> _Side:
    service = state.snapshot.services.get((key.namespace, key.name))
    ports = (spec_of(service).ports or ()) if service else ()
    port = next((port for port in ports if (port.port, protocol_of(port)) == number), None)
    return _Side(state, service, port, _spots(service, port, state) if service and port else ())


def _spots(service: api.Service, port: api.ServicePort, state: State) -> tuple[Spot, ...]:
    """Very many Services may have the same."""
    if state.cluster.profile.sees_services:
        return spots_behind(service, port, backends_of(service, port, state.cluster), state)
    return state.cluster.once(
        ("spots", backing_of(service, port, state.cluster)), lambda: tuple(map(spot_of, backends_of(service, port, state.cluster))))


def _ingress_terms(sides: Sequence[_Side], home: str, touched: Touched) -> list[Source]:
    places = 0
    for side in sides:
        places |= sum({1 << spot.place for spot in side.spots if spot.place is not None})
    if not (touched.is_everything or places & touched.destinations):
        return []
    terms = [each.term for side in sides for part in alike(side.spots, side.state, (Direction.INGRESS,)) for spot in part.spots[:1]
             if spot.place is not None for each in admitting_at(spot, Direction.INGRESS, home, side.state)]
    rules = [rule for policy in touched.tiers for rule in policy.rules[Direction.INGRESS]]
    of_tiers = [term for rule in rules for term in terms_of_peers(rule.peers or (), home)[0]]
    return [Anywhere(), *terms, *of_tiers]


def _egress_terms(sides: Sequence[_Side], home: str, touched: Touched) -> list[Source]:
    """The pods of egress policies that differ, of NetworkPolicies where these say something else of the port."""
    before, after = sides
    of_others = [*(term_of(policy.subject, "", home) for policy in touched.tiers if policy.rules[Direction.EGRESS]),
                 *_named(touched.unsettled, home, (before.state, after.state))]
    if not touched.leaving:
        return of_others
    is_same_number = len(before.spots) == len(after.spots)
    pairs = {(leaving_treatment(was, before.state), leaving_treatment(becomes, after.state)): (was, becomes)
             for was, becomes in zip(before.spots, after.spots, strict=False)}
    return [*of_others, *(term_of(PodPeer(policy.pod_selector), policy.namespace, home) for policy in touched.leaving
                          if not is_same_number or any(_says_else(policy, treatments, spots, (before.state, after.state))
                                                      for treatments, spots in pairs.items()))]


def _says_else(policy: Policy, treatments: tuple[object, object], spots: tuple[Spot, Spot], states: tuple[State, State]) -> bool:
    """Whether the egress of the pods that a policy selects has become another one at a spot."""
    before, after = states
    return after.cluster.once(("leaves otherwise", id(policy), *treatments), lambda: any(
        _released(spots[0], before, pods) != _released(spots[1], after, pods)
        for pods in (subject_of(policy, state.cluster) for state in states)))


def _released(spot: Spot, state: State, pods: int) -> object:
    """What the egress policies of some pods say of a spot; of addresses outside the areas of each."""
    if spot.dialled is not None:
        many = let_out(spot.dialled, state)
        return many.sure & pods, many.maybe & pods
    if spot.place is not None:
        return [(many.sure & pods, many.maybe & pods) for _, many in at(state.judge.released(spot.place), spot.ports)]
    return [at(state.judge.area(place, Direction.EGRESS), spot.ports) for place in bits(pods) if state.cluster.classes[place]]


def _verdict(source: Source, home: str, side: _Side) -> Verdict:
    """What explain would answer."""
    if side.port is None:
        return Verdict.NO_ENDPOINTS
    ends = ends_of(source, home, side.state.cluster)
    found = through_service(judgement(ends, home, side.spots, side.state), ends, side.spots, side.service, side.state)
    name = side.service.metadata.name if side.service else ""
    return as_far_as_read(found, is_whole=not hidden(TargetKind.SERVICE, home, name, side.state.snapshot)).verdict


# ---- isolation


def newly_isolated(before: State, after: State) -> tuple[tuple[Key, Direction], ...]:
    """Workloads with pods in both states that were open in a direction, and are not any more."""
    found = []
    for direction in Direction:
        pods = after.judge.rules.isolated[direction].maybe & ~before.judge.rules.isolated[direction].maybe
        there = {pod.workload for place in bits(pods) if before.cluster.classes[place] for pod in after.cluster.classes[place]}
        found += [(workload, direction) for workload in sorted(there)]
    return tuple(found)


# ---- workloads


class ConnectionDifference(Struct, frozen=True):
    source: End
    destination: End
    before: Ports
    after: Ports


def connection_differences(before: State, after: State) -> tuple[tuple[Group, ...], tuple[ConnectionDifference, ...]]:
    """Over groups that are treated alike in both states; addresses outside are cut where one of the states cuts them.
    By destination, then by source; what is outside comes last."""
    groups = groups_of((before.judge, after.judge))
    return groups, (*_entering(groups, before, after), *_leaving(groups, before, after))


def _entering(groups: Sequence[Group], before: State, after: State) -> Iterator[ConnectionDifference]:
    numbers = {group.place: number for number, group in enumerate(groups)}
    standing = [sum(1 << group.place for group in groups if state.cluster.classes[group.place]) for state in (before, after)]
    for number, group in enumerate(groups):
        was, becomes = (_sources(group, own, state) for own, state in zip(standing, (before, after), strict=True))
        changed: dict[int, ConnectionDifference] = {}
        for sources, ports in was:
            for others, now in becomes if was != becomes else ():
                for place in bits(sources & others) if ports != now else ():
                    changed[place] = ConnectionDifference(numbers[place], number, ports, now)
        yield from (changed[place] for place in sorted(changed))
        yield from (ConnectionDifference(cidrs, number, *ports) for cidrs, *ports in _moved_areas(group, Direction.INGRESS, before, after))


def _sources(group: Group, standing: int, state: State) -> list[tuple[int, Ports]]:
    """All classes by what they may; those that may nothing, and those that are not there, too."""
    found = entering(group, standing, state.judge) if state.cluster.classes[group.place] else []
    rest = state.cluster.pods.everyone | (1 << len(state.cluster.classes)) - 1
    for pods, _ in found:
        rest &= ~pods
    return [*found, (rest, Ports())]


def _leaving(groups: Sequence[Group], before: State, after: State) -> Iterator[ConnectionDifference]:
    for number, group in enumerate(groups):
        yield from (ConnectionDifference(number, cidrs, *ports) for cidrs, *ports in _moved_areas(group, Direction.EGRESS, before, after))


def _moved_areas(group: Group, direction: Direction, before: State, after: State) -> Iterator[tuple[tuple[str, ...], Ports, Ports]]:
    was, becomes = (_areas(group, direction, state) for state in (before, after))
    for addresses, *ports in _pieces(was, becomes) if was != becomes else ():
        if ports[0] != ports[1]:
            yield cidrs_of(addresses), ports[0], ports[1]


def _areas(group: Group, direction: Direction, state: State) -> list[tuple[Addresses, Ports]]:
    """All addresses, by their ports."""
    found = areas_of(state.judge, group.place, direction) if state.cluster.classes[group.place] else []
    return [*found, (difference(EVERYWHERE, union([addresses for addresses, _ in found])), Ports())]


def _pieces(
        before: list[tuple[Addresses, Ports]], after: list[tuple[Addresses, Ports]]) -> Iterator[tuple[Addresses, Ports, Ports]]:
    """Joined where both states treat them alike."""
    found: dict[tuple[Ports, Ports], list[Addresses]] = {}
    for inside, was in before:
        for other, becomes in after:
            if both := intersection(inside, other):
                found.setdefault((was, becomes), []).append(both)
    yield from sorted(((union(each), *ports) for ports, each in found.items()), key=lambda piece: piece[0].ranges)
