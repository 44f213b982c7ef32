"""Why can an answer not be certain, and what would make it so?"""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.answers import matching_at
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.deciders import deciders
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.dialling import let_out
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.node_sources import are_doubtful
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.rules import exactly
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block
from kubectl_netpol.core.tiers import Tier


def doubt_at(question: Question, spot: Spot, state: State) -> str:
    """The code of the sentence that gives the reason, "" where none is special; those of the host network come first."""
    cluster, pods = state.cluster, question.ends.pods
    if code := _of_plugin(pods, spot, state):
        return code
    if state.judge.rulings.are_unread:
        return "because-tiers-unread"
    if spot.place is None:
        areas = [ruling.peers.addresses for ruling, _ in state.judge.leaving(pods, None, spot.ports)]
        return "because-tier-peers" if any(each.sure != each.maybe for each in areas) else ""
    met = [ruling for direction in Direction for tier in Tier
           for ruling in deciders(question.ends, question.home, spot, direction, tier, state).rulings]
    if _disagree(met):
        return "because-equal-priority"
    if cluster.host_network >> spot.place & 1:
        return "because-host-destination"
    if are_doubtful(question.ends, state):
        return "because-node"
    if isinstance(question.ends.source, Block) and not question.ends.is_whole:
        return "because-block"
    if pods & cluster.host_network:
        return "because-host-source"
    matching = [rule for rule, _ in matching_at(spot, Direction.INGRESS, state)]
    if pods & cluster.unlocated and any(rule.peers.addresses for rule in matching):
        return "because-source-address"
    leaving = [state.judge.rules.every[Direction.EGRESS][each] for place in bits(pods)
               for each in state.judge.rules.of[Direction.EGRESS].get(place, ())]
    if cluster.unlocated >> spot.place & 1 and any(rule.peers.addresses for rule in leaving):
        return "because-destination-address"
    named = state.judge.named(spot.place)
    if any(not surely and spot.ports in each for rule in matching for each, surely in meant(rule.ports, named)):
        return "because-port-name"
    return ""


def _of_plugin(pods: int, spot: Spot, state: State) -> str:
    """What the network plugin leaves open."""
    isolated, place = state.judge.rules.isolated, 0 if spot.place is None else 1 << spot.place
    if state.cluster.bare & (pods & isolated[Direction.EGRESS].maybe | place & isolated[Direction.INGRESS].maybe):
        return "because-bare"
    let = let_out(spot.dialled, state) if spot.dialled is not None else exactly(pods)
    return "because-dialled" if pods & let.maybe & ~let.sure else ""


def _disagree(rulings: list[Ruling]) -> bool:
    """Whether different policies of one tier, and of one priority or of two versions of the API, do not do the same."""
    first: dict[object, Ruling] = {}
    mixed = {each.policy.tier for each in rulings if each.policy.version == 1} & {
        each.policy.tier for each in rulings if each.policy.version == 2}
    for each in rulings:
        tier = each.policy.tier
        other = first.setdefault((tier, each.direction, None if tier in mixed else each.policy.priority), each)
        if other.policy.key != each.policy.key and other.action is not each.action:
            return True
    return False


def doubt_of(question: Question, state: State) -> str:
    return next((code for spot in question.spots if (code := doubt_at(question, spot, state))), "")

