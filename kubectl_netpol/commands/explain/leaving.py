"""Whereto may pods connect, by the rules of their egress policies?"""
from collections.abc import Iterable
from functools import reduce
from operator import or_

from msgspec import UNSET
from msgspec.structs import replace

from kubectl_netpol.commands.explain.engines import refs_of
from kubectl_netpol.commands.naming import isolation_ref, policy_ref
from kubectl_netpol.core.answers import isolating_any, leaving_to, said
from kubectl_netpol.core.deciders import terms_of_peers
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import Concern, concerning, objects_in
from kubectl_netpol.core.foreign import Effect
from kubectl_netpol.core.ports import EVERY_PORT, LAST_PORT, NamedPort, PolicyPorts, PortRange
from kubectl_netpol.core.resolve import Ends, ends_of, is_nobody_now
from kubectl_netpol.core.rules import Rule, RuleRef
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.sources import terms_of
from kubectl_netpol.core.spots import spots_of_ends
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Anywhere, Destination, PortSpec, format_destination
from kubectl_netpol.core.tiers import Action
from kubectl_netpol.core.verdicts import Tally, Verdict, verdict_of
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
    rulings = [ruling for ruling in state.judge.rulings.every[Direction.EGRESS] if ruling.subject.maybe & pods]
    concerns = concerning(pods, Direction.EGRESS, state.judge.concerns)
    if any(each.effect is Effect.DECIDE for each in concerns):
        found.setdefault(Destination(Anywhere()), (0, []))
    if rulings or concerns or state.judge.rulings.are_unread:
        return tuple(_with_unjudged(each, concerns) for each in _through_tiers(pods, found, rulings, home, state) or _nowhere(pods, state))
    return tuple(
        _access(destination, _verdict(pods, members, isolated.sure), refs, home, state)
        for destination, (members, refs) in found.items()) or _nowhere(pods, state)


def _access(destination: Destination, verdict: Verdict, refs: Iterable[RuleRef], home: str, state: State) -> Access:
    nobody_now = is_nobody_now(destination.source, home, state.cluster) or UNSET
    return Access(format_destination(destination), verdict.value, tuple(map(policy_ref, sorted(set(refs)))), UNSET, nobody_now)


def _through_tiers(
        pods: int, found: dict[Destination, tuple[int, list[RuleRef]]], rulings: list[Ruling], home: str,
        state: State) -> tuple[Access, ...]:
    """Destinations of the NetworkPolicies, and of the tiers' rules, each judged with all that stands around it; what is refused last."""
    refs: dict[Destination, list[RuleRef]] = {destination: own for destination, (_, own) in found.items()}
    refused: dict[Destination, list[RuleRef]] = {}
    for ruling in rulings:
        own = refs if ruling.action is Action.ALLOW else refused
        for term in terms_of_peers(ruling.rule.peers or (), home)[0] if ruling.action is not Action.PASS else ():
            own.setdefault(Destination(term, port_specs(ruling.ports)), []).append(ruling.ref)
    verdicts = {destination: _judged(pods, destination, home, state) for destination in {**refs, **refused}}
    denying = [ref for own in refused.values() for ref in own]
    shown = [(destination, own) for destination, own in refs.items() if verdicts[destination] is not Verdict.DENIED]
    gone = [(destination, refused.get(destination) or denying) for destination in {**refs, **refused}
            if verdicts[destination] is Verdict.DENIED and (destination in refused or denying)]
    return tuple(
        _access(destination, verdicts[destination], own or (() if verdicts[destination] is Verdict.ALLOWED else denying), home, state)
        for destination, own in [*shown, *gone])


def _with_unjudged(access: Access, concerns: Iterable[Concern]) -> Access:
    """With the policies of other engines, where it is not known what they make of it."""
    if access.verdict != Verdict.UNKNOWN.value:
        return access
    return replace(access, policies=(*access.policies, *refs_of(objects_in(concerns), Direction.EGRESS)))


def _judged(pods: int, destination: Destination, home: str, state: State) -> Verdict:
    """By the sources' own policies alone."""
    ends = ends_of(destination.source, home, state.cluster)
    numbers = replace(destination, ports=tuple(each for each in destination.ports if isinstance(each.first, int)))
    spots = spots_of_ends(ends, numbers, state)
    tally = reduce(or_, (leaving_to(Ends(Anywhere(), pods), spot, state) for spot in spots), Tally())
    return verdict_of(tally) if tally.wanted else Verdict.ALLOWED


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
