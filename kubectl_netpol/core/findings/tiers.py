"""Do the policies of administrators do what they say? What stands before them may take it away."""
from collections.abc import Iterable, Iterator
from itertools import combinations, groupby

from kubectl_netpol.core.addresses import difference, intersection, union
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import name_of, names_of, rule_path, workloads_of
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.ports import PolicyPorts, PortRange, hold_all
from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.sources import Terms, term_of
from kubectl_netpol.core.states import State
from kubectl_netpol.core.tiers import DomainPeer, NetworkPeer, NodePeer, Tier, TierPeer, TierPolicy, TierRule

_MANY = 500                                                     # earlier rules that each one is held against


def rule_never_reached(state: State) -> Iterator[Finding]:
    """A rule all of whose traffic one earlier rule of the same tier decides: the first that matches counts."""
    for tier in Tier:
        for direction in Direction:
            earlier: list[tuple[TierPolicy, int, TierRule]] = []
            for policy in (each for each in state.tiers.values() if each.tier is tier):
                for place, rule in enumerate(policy.rules[direction]):
                    taking = next((each for each in earlier if _comes_before(each[0], policy) and _holds(each, policy, rule)), None)
                    if taking and rule.peers != ():
                        yield Finding(
                            id="rule-never-reached", severity=Severity.WARNING, object=policy.key,
                            path=rule_path(RuleRef(policy.key, direction.value, place)),
                            facts={"policy": name_of(taking[0].key, ""), "direction": direction.value.lower(), "rule": str(taking[1] + 1),
                                   "action": taking[2].action.value})
                    if len(earlier) < _MANY:
                        earlier.append((policy, place, rule))


def _comes_before(first: TierPolicy, second: TierPolicy) -> bool:
    """Policies are in their order; of equal priority, and of another version of the API, any may be first."""
    return first is second or (first.version == second.version and first.priority < second.priority)


def _holds(earlier: tuple[TierPolicy, int, TierRule], policy: TierPolicy, rule: TierRule) -> bool:
    """Whichever pods there will be."""
    first, _, taking = earlier
    if not hold_all(taking.ports, rule.ports) or not Terms((term_of(first.subject, "", ""),), "").hold(term_of(policy.subject, "", "")):
        return False
    return taking.peers is None or (rule.peers is not None and all(_is_among(peer, taking.peers) for peer in rule.peers))


def _is_among(peer: TierPeer, peers: Iterable[TierPeer]) -> bool:
    match peer:
        case PodPeer():
            return Terms((term_of(each, "", "") for each in peers if isinstance(each, PodPeer)), "").hold(term_of(peer, "", ""))
        case NetworkPeer(_, addresses):
            return not difference(addresses, union([each.addresses for each in peers if isinstance(each, NetworkPeer)]))
        case NodePeer() | DomainPeer():
            return peer in peers


# ---- equal priority


def equal_priority(state: State) -> Iterator[Finding]:
    """Rules of two policies that match the same traffic and do not do the same: which policy comes first nobody can tell."""
    told = set()
    for direction in Direction:
        for _, group in groupby(state.judge.rulings.every[direction], key=lambda each: (each.policy.tier, each.policy.priority)):
            for one, other in combinations(list(group)[:_MANY], 2):
                pair = one.policy.key, other.policy.key
                if pair[0] != pair[1] and pair not in told and one.action is not other.action and _meet(one, other):
                    told.add(pair)
                    yield Finding(
                        id="equal-priority", severity=Severity.WARNING, object=other.policy.key, path="spec.priority",
                        facts={"policy": name_of(one.policy.key, ""), "direction": direction.value.lower(),
                               "first": one.action.value, "second": other.action.value, "priority": str(other.policy.priority)})


def _meet(one: Ruling, other: Ruling) -> bool:
    """Priorities of two versions of the API are not compared at all."""
    if one.policy.version != other.policy.version:
        return False
    pods = any(left.maybe & right.maybe for left, right in zip(one.peers.pods, other.peers.pods, strict=True))
    areas = intersection(one.peers.addresses.maybe, other.peers.addresses.maybe)
    return bool(one.subject.maybe & other.subject.maybe and (pods or areas)) and _overlap(one.ports, other.ports)


def _overlap(one: PolicyPorts, other: PolicyPorts) -> bool:
    return any(left == right or (isinstance(left, PortRange) and isinstance(right, PortRange) and left.protocol == right.protocol
                                 and left.first <= right.last and right.first <= left.last) for left in one for right in other)


# ---- the other direction


def baseline_beside_policy(state: State) -> Iterator[Finding]:
    """Pods that NetworkPolicies isolate in one direction only, and a Baseline rule for the other. "v1.NetworkPolicy always makes a final
    decision for selected pods": some plugins take it for both directions (kube-network-policies)."""
    isolated = {direction: state.judge.rules.isolated[direction].sure for direction in Direction}
    for direction, other in ((Direction.INGRESS, Direction.EGRESS), (Direction.EGRESS, Direction.INGRESS)):
        for ruling in state.judge.rulings.every[direction]:
            pods = ruling.subject.sure & isolated[other] & ~isolated[direction]
            if ruling.policy.tier is Tier.BASELINE and pods:
                policies = state.judge.rules.isolators[other][next(bits(pods))]
                yield Finding(
                    id="baseline-beside-policy", severity=Severity.INFO, object=ruling.policy.key, path=rule_path(ruling.ref),
                    facts={"workloads": names_of(workloads_of(pods, state.cluster), ""), "direction": direction.value.lower(),
                           "other": other.value.lower(), "policies": names_of(policies, "")})
