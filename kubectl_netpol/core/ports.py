"""Which ports does a port entry mean, and where do sets of ports differ?"""
from enum import Enum
from itertools import pairwise

from msgspec import Struct

from kubectl_netpol import api

LAST_PORT = 65535


def number_in(text: str) -> int | None:
    """The port that an annotation says; None: it is none."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PORT)) else 0
    return number if 0 < number <= LAST_PORT else None


class Protocol(Enum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


PROTOCOLS = tuple(protocol.value for protocol in Protocol)


class PortRange(Struct, frozen=True, order=True, cache_hash=True):
    """Pod ports first..last of one protocol, both included."""

    protocol: str
    first: int
    last: int

    def __contains__(self, other: "PortRange") -> bool:
        return self.protocol == other.protocol and self.first <= other.first and other.last <= self.last


_ORDER = {protocol.value: place for place, protocol in enumerate(Protocol)}
EVERY_PORT = tuple(PortRange(protocol.value, 1, LAST_PORT) for protocol in Protocol)


class NamedPort(Struct, frozen=True):
    """A port named in a policy: it means what the pod at the destination calls so, with this protocol."""

    protocol: str
    name: str


PolicyPorts = tuple[PortRange | NamedPort, ...]


def policy_ports(ports: tuple[api.PolicyPort, ...] | None) -> PolicyPorts:
    """A rule's ports. "If this field is empty or missing, this rule matches all traffic (traffic not restricted by port)";
    "If this field is not provided [port], this matches all port names and numbers", of the protocol, which defaults to TCP.
    """
    return tuple(policy_port(port) for port in ports) if ports else EVERY_PORT


def policy_port(entry: api.PolicyPort) -> PortRange | NamedPort:
    protocol = entry.protocol or Protocol.TCP.value
    match entry.port:
        case None:
            return PortRange(protocol, 1, LAST_PORT)
        case str(name):
            return NamedPort(protocol, name)
        case int(number):
            return PortRange(protocol, number, entry.end_port or number)


def cut(ranges: list[PortRange]) -> list[PortRange]:
    """The ranges cut wherever one of them begins or ends: within a piece all of them agree. In order."""
    pieces, by_protocol = [], dict[str, list[PortRange]]()
    for each in ranges:
        by_protocol.setdefault(each.protocol, []).append(each)
    for protocol, own in sorted(by_protocol.items(), key=lambda item: _ORDER[item[0]]):
        open_from: dict[int, int] = {}                          # how many more ranges than before hold a number: none ends before its start
        for each in own:
            open_from[each.first] = open_from.get(each.first, 0) + 1
            open_from[each.last + 1] = open_from.get(each.last + 1, 0) - 1
        is_open = 0
        for start, after in pairwise(sorted(open_from)):
            is_open += open_from[start]
            if is_open:
                pieces.append(PortRange(protocol, start, after - 1))
    return pieces


def joined(ranges: list[PortRange]) -> tuple[PortRange, ...]:
    """The same ports in as few ranges as can be, in the order TCP, UDP, SCTP, then by number."""
    if len(ranges) < 2:
        return tuple(ranges)
    result: list[PortRange] = []
    for each in sorted(ranges, key=lambda each: (_ORDER[each.protocol], each.first)):
        if result and result[-1].protocol == each.protocol and each.first <= result[-1].last + 1:
            result[-1] = PortRange(each.protocol, result[-1].first, max(each.last, result[-1].last))
        else:
            result.append(each)
    return tuple(result)


def hold_all(ports: PolicyPorts, wanted: PolicyPorts) -> bool:
    """Whether each of some entries is one of the others, or within one."""
    return all(each in ports or any(_holds(own, each) for own in ports) for each in wanted)


def _holds(own: PortRange | NamedPort, wanted: PortRange | NamedPort) -> bool:
    return isinstance(own, PortRange) and isinstance(wanted, PortRange) and wanted in own
