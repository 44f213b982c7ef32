"""Why does a rule not admit a connection? One predicate for the evidence of answers and for the findings."""
from enum import Enum

from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.answers import Spot, said
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import pod_port, protocol_of
from kubectl_netpol.core.policies import PolicyRule
from kubectl_netpol.core.ports import NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.states import State
from kubectl_netpol.core.workloads import Pod
from kubectl_netpol.snapshot import Key


class Miss(Enum):
    SERVICE_PORT = "service-port"                               # it names the port of the Service, not of its pods
    SIDECAR_NAME = "sidecar-name"                               # only an init container that stays declares the name
    UNKNOWN_NAME = "unknown-name"                               # no container of the pods declares the name
    OTHER_PROTOCOL = "other-protocol"
    OTHER_PORTS = "other-ports"
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
        Missed(RuleRef(policy, direction.value, place), *_why(rule.ports, spot.ports, pod, port))
        for place, rule in enumerate(state.policies[policy].rules.get(direction, ()))]


def _why(ports: PolicyPorts, wanted: PortRange, pod: Pod, port: api.ServicePort | None) -> tuple[Miss, int | None]:
    if any(_overlap(each, wanted) for each, _ in meant(ports, pod.ports.named)):
        return Miss.OTHER_PEERS, None
    for place, entry in enumerate(ports):
        if port is not None and names_service_port(entry, port, pod):
            return Miss.SERVICE_PORT, place
    for place, entry in enumerate(ports):
        if isinstance(entry, NamedPort) and (entry.protocol, entry.name) not in pod.ports.named:
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
