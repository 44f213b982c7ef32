"""Why does a rule not admit a connection? One predicate for the evidence of answers and for the findings."""
from enum import Enum

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.addresses import difference, intersection
from kubectl_netpol.core.answers import matching_at, said, wanted_pods
from kubectl_netpol.core.classes import port_names
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import pod_port, protocol_of
from kubectl_netpol.core.policies import PolicyRule
from kubectl_netpol.core.ports import NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.resolve import Ends, ends_of
from kubectl_netpol.core.rows import Named, meant
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Source
from kubectl_netpol.core.workloads import Pod
from kubectl_netpol.snapshot import Key


class Miss(Enum):
    SERVICE_PORT = "service-port"                               # it names the port of the Service, not of its pods
    SIDECAR_NAME = "sidecar-name"                               # only an init container that stays declares the name
    UNKNOWN_NAME = "unknown-name"                               # no container of the pods declares the name
    OTHER_PROTOCOL = "other-protocol"
    OTHER_PORTS = "other-ports"
    SOME_PORTS = "some-ports"                                   # of those that were asked for
    OTHER_PEERS = "other-peers"


class Missed(Struct, frozen=True):
    """A rule of an isolating policy that does not admit a connection, or not all of it."""

    ref: RuleRef
    miss: Miss
    entry: int | None = None                                    # the port entry that shows why


def names_service_port(entry: PortRange | NamedPort, port: api.ServicePort, pod: Pod) -> bool:
    """An entry that holds a Service's port where the pod listens on another one."""
    target = pod_port(port, pod)
    if isinstance(entry, NamedPort) or target is None or target == port.port or entry.protocol != protocol_of(port):
        return False
    return entry.first <= port.port <= entry.last and not entry.first <= target <= entry.last and entry.last - entry.first < 1000


def missed(policy: Key, direction: Direction, spot: Spot, pod: Pod, port: api.ServicePort | None, state: State) -> list[Missed]:
    """The rules of a policy, each with why it does not admit; those whose ports match do not admit because of their peers."""
    return [
        Missed(RuleRef(policy, direction.value, place), *_why(rule.ports, spot.ports, pod, port, port_names(pod, state.cluster)))
        for place, rule in enumerate(state.policies[policy].rules.get(direction, ()))]


def _why(
        ports: PolicyPorts, wanted: PortRange, pod: Pod, port: api.ServicePort | None, named: Named) -> tuple[Miss, int | None]:
    numbers = [each for each, _ in meant(ports, named)]
    if any(wanted in each for each in numbers):
        return Miss.OTHER_PEERS, None
    if any(_overlap(each, wanted) for each in numbers):
        return Miss.SOME_PORTS, None
    for place, entry in enumerate(ports):
        if port is not None and names_service_port(entry, port, pod):
            return Miss.SERVICE_PORT, place
    for place, entry in enumerate(ports):
        if isinstance(entry, NamedPort) and (entry.protocol, entry.name) not in named:
            is_sidecar = (entry.protocol, entry.name) in pod.ports.of_sidecars
            return Miss.SIDECAR_NAME if is_sidecar else Miss.UNKNOWN_NAME, place
    for place, entry in enumerate(ports):
        if isinstance(entry, PortRange) and entry.protocol != wanted.protocol and entry.first <= wanted.first <= entry.last:
            return Miss.OTHER_PROTOCOL, place
    return Miss.OTHER_PORTS, None


def _overlap(left: PortRange, right: PortRange) -> bool:
    return left.protocol == right.protocol and left.first <= right.last and right.first <= left.last


def rule_of(each: Missed, state: State) -> PolicyRule:
    return said(each.ref, state)


# ---- why does a rule admit?


class Met(Struct, frozen=True):
    """A rule that admits a source, or some of it, and the peers by which it does so."""

    refs: tuple[RuleRef, ...]
    terms: tuple[Source, ...]
    is_whole: bool                                              # it surely admits all of the source
    is_unlocated: bool = False                                  # by an ipBlock alone, over pods whose addresses are not known


def meeting(ends: Ends, home: str, spot: Spot, state: State) -> list[Met]:
    """The ingress rules of a spot whose peers hold pods or addresses of the source; those that hold all of it first."""
    pods, found = wanted_pods(ends, spot, state), []
    for rule, surely in matching_at(spot, Direction.INGRESS, state):
        peers = rule.peers
        maybe = peers.pods.maybe | peers.located[0] | peers.located[1] | (state.cluster.unlocated if peers.addresses else 0)
        common = intersection(ends.addresses, peers.addresses)
        if not (pods & maybe or common):
            continue
        is_unlocated = not common and not pods & maybe & ~state.cluster.unlocated and not pods & peers.pods.maybe
        is_whole = surely and not pods & ~peers.pods.sure and not difference(ends.addresses, peers.addresses)
        terms = _meeting_terms(said(rule.said_by[0], state), rule.said_by[0], ends, home, state)
        found.append(Met(rule.said_by, terms, is_whole, is_unlocated))
    return sorted(found, key=lambda each: (not each.is_whole, each.refs))


def _meeting_terms(rule: PolicyRule, ref: RuleRef, ends: Ends, home: str, state: State) -> tuple[Source, ...]:
    terms = terms_of(rule, ref.policy.namespace, home)
    met = [(term, ends_of(term, home, state.cluster)) for term in terms]
    return tuple(
        term for term, own in met if own.pods & ends.pods or intersection(own.addresses, ends.addresses)) or terms
