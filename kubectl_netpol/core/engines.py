"""Which pods may policies of other engines concern, so that what NetworkPolicies say of these is not the whole?

Pods of the host network are no endpoints of these engines. Policies of nodes concern them alone.
"""
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

from msgspec import Struct

from kubectl_netpol.api import engines
from kubectl_netpol.api.engines import CALICO, CALICO_STORED, ENGINES, Kind
from kubectl_netpol.core.classes import Cluster
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.expressions import members
from kubectl_netpol.core.foreign import IN_ROOT, ROOT_NAMESPACE, Effect, Effects, ForeignPolicy
from kubectl_netpol.core.rules import Many
from kubectl_netpol.snapshot import Key, Listing, Snapshot


class Concern(Struct, frozen=True):
    """What may refuse, or allow, connections of some pods in a direction: an object, or what could not be read."""

    said_by: Key | Listing
    direction: Direction
    effect: Effect
    pods: Many
    is_outside_only: bool = False


class Unsettled(Struct, frozen=True):
    """Pods of which what is allowed may be refused, and pods of which what is refused may be allowed."""

    refusable: int = 0
    openable: int = 0

    @property
    def concerned(self) -> int:
        return self.refusable | self.openable


class Concerns(Struct, frozen=True):
    every: tuple[Concern, ...]                                  # objects first, in order
    among_pods: dict[Direction, Unsettled]
    with_outside: dict[Direction, Unsettled]                    # the same, and what speaks of addresses outside alone


NO_CONCERNS = Concerns((), {direction: Unsettled() for direction in Direction}, {direction: Unsettled() for direction in Direction})


def concerns_of(policies: Iterable[ForeignPolicy], cluster: Cluster) -> Concerns:
    every = [Concern(policy.key, direction, effect, Many(pods.sure & own, pods.maybe & own), policy.is_outside_only)
             for policy in policies for own in (cluster.host_network if policy.is_of_hosts else ~cluster.host_network,)
             for pods in (members(policy.subject, cluster),) for direction, effect in policy.effects.items()]
    every += _unread(cluster)
    if not every:
        return NO_CONCERNS
    return Concerns(
        tuple(every), {direction: _unsettled(direction, [each for each in every if not each.is_outside_only]) for direction in Direction},
        {direction: _unsettled(direction, every) for direction in Direction})


def _unsettled(direction: Direction, concerns: Iterable[Concern]) -> Unsettled:
    own = [each for each in concerns if each.direction is direction]
    return Unsettled(reduce(or_, (each.pods.maybe for each in own if each.effect is not Effect.ADMIT), 0),
                     reduce(or_, (each.pods.maybe for each in own if each.effect is not Effect.REFUSE), 0))


def kinds_there(snapshot: Snapshot) -> list[Kind]:
    """Those of whose group a server has a version. Calico's objects are read where they are served, else where they are stored."""
    groups = {version.partition("/")[0] for version in snapshot.groups}
    return [each for each in ENGINES if each.group in groups and not (each.group == CALICO_STORED and CALICO in groups)]


def _unread(cluster: Cluster) -> Iterator[Concern]:
    """What of the kinds that a server has was not read, or may not be."""
    snapshot = cluster.snapshot
    for kind in kinds_there(snapshot) if snapshot.read is not None else ():
        for listing, pods in _unread_at(kind, cluster):
            for direction, effect in _MOST.get(kind.type, _DECIDING).items():
                own = -1 if kind.is_clusterwide and kind.type in _OF_HOSTS else ~cluster.host_network
                yield Concern(listing, direction, effect, Many(0, pods & own), kind.type is engines.EgressFirewall)


def _unread_at(kind: Kind, cluster: Cluster) -> Iterator[tuple[Listing, int]]:
    everywhere = Listing(kind.name, ROOT_NAMESPACE if kind.name in IN_ROOT else "")
    if (kind.is_clusterwide or everywhere.namespace) and not cluster.snapshot.has_read(everywhere):
        yield everywhere, cluster.pods.everyone
    for name, pods in cluster.by_namespace.items() if not kind.is_clusterwide else ():
        if not cluster.snapshot.has_read(Listing(kind.name, name)):
            yield Listing(kind.name, name), pods


# at most, of each kind
_REFUSING = (engines.IstioAuthorization, engines.PeerAuthentication, engines.LinkerdServer, engines.LinkerdAuthorization)
_MOST: dict[Any, Effects] = {
    **{kind: {Direction.INGRESS: Effect.REFUSE} for kind in _REFUSING},
    **{kind: {Direction.EGRESS: Effect.DECIDE} for kind in (engines.FQDNNetworkPolicy, engines.EgressFirewall)},
    engines.MultiNetworkPolicy: {direction: Effect.REFUSE for direction in Direction}}
_OF_HOSTS = (engines.CiliumPolicy, engines.CalicoPolicy, engines.AntreaPolicy)      # clusterwide ones may be of nodes
_DECIDING = {direction: Effect.DECIDE for direction in Direction}


def unsure(known: Many, unsettled: Unsettled) -> Many:
    """What is known of some pods, with what may be refused or allowed to them."""
    return Many(known.sure & ~unsettled.refusable, known.maybe | unsettled.openable)


def at_place(place: int, unsettled: Unsettled, everyone: int) -> Unsettled:
    """Of everybody who comes to the pods of a class."""
    return Unsettled(everyone * (unsettled.refusable >> place & 1), everyone * (unsettled.openable >> place & 1))


def may_concern(namespace: str | None, direction: Direction, concerns: Concerns) -> bool:
    """Whether pods of a namespace, which were not read, may be concerned; None: of any."""
    return any(each.direction is direction and not each.is_outside_only and (namespace is None or each.said_by.namespace in ("", namespace))
               for each in concerns.every)


def concerning(pods: int, direction: Direction, concerns: Concerns) -> list[Concern]:
    """What may refuse, or allow, connections of some of the pods, in order."""
    return [each for each in concerns.every if each.direction is direction and each.pods.maybe & pods]


def objects_in(concerns: Iterable[Concern]) -> tuple[Key, ...]:
    """The objects of them, each once."""
    return tuple(dict.fromkeys(each.said_by for each in concerns if isinstance(each.said_by, Key)))
