"""In which order are writes safe: when does none of them cut off what is allowed both before and after?

An API server takes one object at a time, so between two writes some policies are as before and some as after. At a pod, in a direction:

- Where it is isolated before and after, a policy that comes to allow something must be written before the one that ceases to:
  first what only adds, then what changes both ways, deletions last.
- Where it is isolated by the writes, the first policy that selects it cuts off all that it does not allow itself, so the one that
  allows all of it comes first, and one that allows nothing (default deny) last.
- Where it becomes open again, the last policy that selects it must allow all that the others allowed: default deny goes first.

Each step is held against the rules of all policies that select the pods: the next write is the first, in this order, that cuts off
nothing. Where every one of them would (two new policies isolate the same pods, and each allows what the other does not), no order
helps: the one that cuts off least comes first, what mends it next, and the Moment between them is told.

New namespaces come before all, as other objects stand in them; Services, workloads and labels between the policies that only add and
the rest, in the order of their file. Egress and ingress are judged apart.
"""
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from msgspec import Struct

from kubectl_netpol.core.addresses import EVERYWHERE, NOWHERE, Addresses, difference, intersection, union
from kubectl_netpol.core.classes import bits, port_names
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import PolicyPorts
from kubectl_netpol.core.rows import Named, row_of
from kubectl_netpol.core.rules import Peers
from kubectl_netpol.core.states import State
from kubectl_netpol.core.workloads import PortName
from kubectl_netpol.core.writes import Write
from kubectl_netpol.snapshot import Key

_Said = frozenset[tuple[Peers, PolicyPorts]]                    # the rules of a policy that selects a pod


class Moment(Struct, frozen=True):
    """Between two writes, some of what is allowed before and after is refused."""

    first: Key                                                  # after this write
    last: Key                                                   # until this one
    direction: Direction
    workloads: tuple[Key, ...]                                  # whose pods are concerned, in order


class Order(Struct, frozen=True):
    writes: tuple[Write, ...]
    moments: tuple[Moment, ...] = ()


class _Ends(Struct, frozen=True):
    """The other ends that are admitted on some ports."""

    pods: int = 0
    addresses: Addresses = NOWHERE

    def __bool__(self) -> bool:
        return bool(self.pods or self.addresses)

    def __or__(self, other: "_Ends") -> "_Ends":
        return _Ends(self.pods | other.pods, union([self.addresses, other.addresses]))

    def __and__(self, other: "_Ends") -> "_Ends":
        return _Ends(self.pods & other.pods, intersection(self.addresses, other.addresses))

    def __sub__(self, other: "_Ends") -> "_Ends":
        return _Ends(self.pods & ~other.pods, difference(self.addresses, other.addresses))


_Piece = tuple[dict[Key, _Ends], dict[Key, _Ends]]              # what each policy admits on some ports: before, after


class _Group(Struct, frozen=True):
    """Pods that the same policies select in a direction, with the same rules, before and after."""

    direction: Direction
    places: int
    before: dict[Key, _Said]
    after: dict[Key, _Said]
    pieces: tuple[_Piece, ...]                                  # for the ports, wherever any rule begins or ends

    @property
    def concerned(self) -> frozenset[Key]:
        return frozenset(key for key in {**self.before, **self.after} if self.before.get(key) != self.after.get(key))

    def selecting(self, done: frozenset[Key]) -> list[tuple[int, Key]]:
        """(0 before or 1 after, policy) of those that select the pods when some writes are done."""
        return [(place, key) for place, side in enumerate((self.before, self.after)) for key in side if (key in done) is bool(place)]

    def admitted(self, done: frozenset[Key]) -> tuple[_Ends, ...]:
        """For each piece of the ports."""
        selecting = self.selecting(done)
        if not selecting:
            return tuple(_ALL for _ in self.pieces)
        return tuple(reduce(or_, (piece[place].get(key, _NOBODY) for place, key in selecting)) for piece in self.pieces)


_NOBODY, _ALL = _Ends(), _Ends(-1, EVERYWHERE)                  # -1: every bit


def ordered(writes: Sequence[Write], before: State, after: State) -> Order:
    """The writes in their order, and what is cut off on the way all the same. The states hold the same classes."""
    groups = _groups({write.key for write in writes}, before, after)
    left = sorted(writes, key=lambda write: _rank(write, groups))
    walk = _Walk(groups)
    result = []
    while left:
        write = min(left, key=lambda each: walk.harm(each.key))     # the first of the best
        left.remove(write)
        walk.go(write.key)
        result.append(write)
    return Order(tuple(result), walk.moments(before, after))


class _Walk:
    """What is done, and which groups are short of something that they are allowed before and after."""

    def __init__(self, groups: list[_Group]) -> None:
        self.groups = groups
        self.done: frozenset[Key] = frozenset()
        every = frozenset(key for group in groups for key in group.concerned)
        self.kept = [_each_and(group.admitted(frozenset()), group.admitted(every)) for group in groups]
        self.since: dict[int, Key] = {}                         # group → the write that cut it short
        self.cuts: dict[tuple[Key, Key, Direction], int] = {}   # first, last, direction → pods

    def harm(self, key: Key) -> tuple[int, int]:
        """On how many pieces of ports the write would cut something off, and (negative) how many it would make whole again."""
        pairs = [pair for number, group in enumerate(self.groups) if key in group.concerned
                 for pair in zip(self._short(number, self.done), self._short(number, self.done | {key}), strict=True)]
        return sum(now and not was for was, now in pairs), -sum(was and not now for was, now in pairs)

    def go(self, key: Key) -> None:
        self.done |= {key}
        for number, group in enumerate(self.groups):
            if key in group.concerned:
                self._note(number, group, key)

    def _note(self, number: int, group: _Group, key: Key) -> None:
        if any(self._short(number, self.done)):
            self.since.setdefault(number, key)
        elif number in self.since:
            cut = self.since.pop(number), key, group.direction
            self.cuts[cut] = self.cuts.get(cut, 0) | group.places

    def _short(self, number: int, done: frozenset[Key]) -> list[bool]:
        """For each piece of the ports of a group, whether something is missing there."""
        admitted = self.groups[number].admitted(done)
        return [bool(kept - now) for kept, now in zip(self.kept[number], admitted, strict=True)]

    def moments(self, before: State, after: State) -> tuple[Moment, ...]:
        return tuple(
            Moment(first, last, direction, _workloads(places, before, after)) for (first, last, direction), places in self.cuts.items())


def _each_and(left: Sequence[_Ends], right: Sequence[_Ends]) -> list[_Ends]:
    return [one & other for one, other in zip(left, right, strict=True)]


def _workloads(places: int, *states: State) -> tuple[Key, ...]:
    return tuple(sorted({pod.workload for state in states for place in bits(places) for pod in state.cluster.classes[place]}))


def _rank(write: Write, groups: list[_Group]) -> int:
    if write.key.kind == "Namespace":
        return 0
    if write.key.kind != "NetworkPolicy":
        return 2
    if write.after is None:
        return 4
    concerned = [group for group in groups if write.key in group.concerned]
    return 1 if all(_only_adds(write.key, group) for group in concerned) else 3


def _only_adds(key: Key, group: _Group) -> bool:
    return bool(group.before) and key in group.after and group.before.get(key, frozenset()) <= group.after[key]


# ---- groups


def _groups(written: set[Key], before: State, after: State) -> list[_Group]:
    """Of all pods that a written policy concerns. Policies that are not written stay as they are before."""
    members: dict[tuple[Direction, object, object, object], tuple[int, dict[Key, _Said], dict[Key, _Said], Named]] = {}
    for direction in Direction:
        named = _all_named(before, after) if direction is Direction.EGRESS else None
        for place in range(len(before.cluster.classes)):
            old = _said_at(place, direction, before)
            new = {key: said for key, said in old.items() if key not in written} | {
                key: said for key, said in _said_at(place, direction, after).items() if key in written}
            if old != new:
                names = _named_at(place, before, after) if named is None else named
                signature = direction, frozenset(old.items()), frozenset(new.items()), frozenset(names.items())
                members[signature] = members.get(signature, (0,))[0] | 1 << place, old, new, names
    return [_Group(direction, places, old, new, tuple(_pieces(old, new, names)))
            for (direction, *_), (places, old, new, names) in members.items()]


def _said_at(place: int, direction: Direction, state: State) -> dict[Key, _Said]:
    """The rules of each policy that isolates a class."""
    rules = state.judge.rules
    found: dict[Key, set[tuple[Peers, PolicyPorts]]] = {key: set() for key in rules.isolators[direction].get(place, ())}
    for rule in (rules.every[direction][number] for number in rules.of[direction].get(place, ())):
        for ref in rule.said_by:
            found[ref.policy].add((rule.peers, rule.ports))
    return {key: frozenset(said) for key, said in found.items()}


def _pieces(old: dict[Key, _Said], new: dict[Key, _Said], named: Named) -> Iterator[_Piece]:
    items = [(ports, (side, key, peers)) for side, each in enumerate((old, new)) for key, said in each.items() for peers, ports in said]
    row = row_of(items, named, lambda matching: tuple(item for item, _ in matching))
    for matching in dict.fromkeys(each for _, each in row):
        sides: _Piece = ({}, {})
        for side, key, peers in matching:
            sides[side][key] = sides[side].get(key, _NOBODY) | _ends(peers)
        yield sides


def _ends(peers: Peers) -> _Ends:
    return _Ends(peers.pods.maybe | peers.located[0] | peers.located[1], peers.addresses)


def _named_at(place: int, *states: State) -> Named:
    return {name: numbers for state in states for pod in state.cluster.classes[place][:1]
            for name, numbers in port_names(pod, state.cluster).items()}


def _all_named(*states: State) -> Named:
    """What any pod calls so: egress names the ports of pods that are not looked at here."""
    found: dict[PortName, tuple[int, ...]] = {}
    for name, numbers in (pair for state in states for place in range(len(state.cluster.classes))
                          for pair in _named_at(place, state).items()):
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *numbers)))
    return found
