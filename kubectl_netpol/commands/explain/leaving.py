"""Whereto may pods connect, by the rules of their egress policies?"""
from kubectl_netpol.commands.naming import isolation_ref, policy_ref
from kubectl_netpol.core.answers import isolating_any, said
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.rules import Rule, RuleRef
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Destination, PortSpec, format_destination
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.reports import Access


def leaving(pods: int, home: str, state: State) -> tuple[Access, ...]:
    """Destinations in the grammar, with their ports; allowed where all of the pods may, partial where only some may."""
    isolated = state.judge.rules.isolated[Direction.EGRESS]
    free = pods & ~isolated.maybe
    found: dict[Destination, tuple[int, list[RuleRef]]] = {Destination(Anywhere()): (free, [])} if free else {}
    for rule in _rules_of(pods & isolated.maybe, state):
        for ref in rule.said_by:
            for term in terms_of(said(ref, state), ref.policy.namespace, home):
                destination = Destination(term, port_specs(rule.ports))
                members, refs = found.get(destination, (free, []))
                found[destination] = members | rule.subject, [*refs, ref]
    return tuple(
        Access(format_destination(destination), _verdict(pods, members, isolated.sure).value, tuple(map(policy_ref, sorted(set(refs)))))
        for destination, (members, refs) in found.items()) or _nowhere(pods, state)


def _nowhere(pods: int, state: State) -> tuple[Access, ...]:
    verdict = _verdict(pods, 0, state.judge.rules.isolated[Direction.EGRESS].sure)
    refs = tuple(isolation_ref(policy, Direction.EGRESS.value) for policy in isolating_any(pods, Direction.EGRESS, state))
    is_isolated = bool(pods & state.judge.rules.isolated[Direction.EGRESS].maybe)
    return (Access(format_destination(Destination(Anywhere())), verdict.value, refs),) if is_isolated else ()


def _rules_of(pods: int, state: State) -> list[Rule]:
    return [rule for rule in state.judge.rules.every[Direction.EGRESS] if rule.subject & pods]


def _verdict(pods: int, members: int, surely_isolated: int) -> Verdict:
    missing = pods & ~members
    if not missing:
        return Verdict.ALLOWED
    return Verdict.UNKNOWN if not missing & surely_isolated else Verdict.PARTIAL if members & pods else Verdict.DENIED


def port_specs(ports: PolicyPorts) -> tuple[PortSpec, ...]:
    """A rule's ports as a destination has them; () for all ports."""
    return () if ports == EVERY_PORT else tuple(map(_spec, ports))


def _spec(port: PortRange | NamedPort) -> PortSpec:
    protocol = None if port.protocol == "TCP" else port.protocol
    if isinstance(port, NamedPort):
        return PortSpec(port.name, None, protocol)
    if (port.first, port.last) == (1, LAST_PORT):
        return PortSpec(1, LAST_PORT, port.protocol)
    return PortSpec(port.first, port.last if port.last != port.first else None, protocol)
