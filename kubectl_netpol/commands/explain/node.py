"""Is the source a node, or one among it? "Traffic to and from the node where a Pod is running is always allowed" (NetworkPolicy docs)."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.addresses import contains, intersection, parse_address
from kubectl_netpol.core.answers import Judgement, isolating_at, matching_at, said
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.needs import single_address
from kubectl_netpol.core.nodes import known_addresses
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block, Nodes
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


def from_node(question: Question, found: Judgement, state: State) -> Judgement:
    """The verdict for nodes, and for addresses that may be theirs."""
    source = question.ends.source
    if not isinstance(source, Block | Nodes) or _is_unsettled(question, state):
        return found
    if isinstance(source, Block) and (address := single_address(source.cidr)):
        return _from_address(address, question, found, state)
    return _from_others(question, found, state)


def _from_address(address: str, question: Question, found: Judgement, state: State) -> Judgement:
    """Pods whose node is not known are judged as any other."""
    target = Key(question.target.kind.value, question.target.namespace or "", question.target.name or "")
    pods = [pod for spot in question.spots if spot.place is not None for pod in state.cluster.classes[spot.place]
            if question.service is not None or target in (pod.key, pod.owner, pod.workload)]
    live = [state.snapshot.pods.get((pod.key.namespace, pod.key.name)) for pod in pods]
    nodes = {pod.status.host_ip if pod and pod.status else None for pod in live}
    if address not in nodes:
        return _from_others(question, found, state)
    if nodes == {address}:
        return Judgement(Verdict.ALLOWED, Verdict.ALLOWED, found.egress)
    return Judgement(Verdict.PARTIAL, Verdict.PARTIAL, found.egress) if found.verdict is Verdict.DENIED else found


def _is_unsettled(question: Question, state: State) -> bool:
    """Whether other engines, which see nodes in ways of their own, concern the pods."""
    concerned = state.judge.concerns.among_pods[Direction.INGRESS].concerned
    return any(spot.place is not None and concerned >> spot.place & 1 for spot in question.spots)


def _from_others(question: Question, found: Judgement, state: State) -> Judgement:
    """Where blocks hold no pods they hold no nodes either, unless a setting of the plugin says so; a rule for everybody does."""
    if found.verdict is Verdict.DENIED or not are_doubtful(question.ends, state) or all(_is_open(spot, state) for spot in question.spots):
        return found
    return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, found.egress)


def are_doubtful(ends: Ends, state: State) -> bool:
    """Whether nodes are among some sources, and perhaps no block holds these."""
    if state.cluster.profile.blocks_hold_pods or not isinstance(ends.source, Block | Nodes):
        return False
    return isinstance(ends.source, Nodes) or bool(intersection(ends.addresses, known_addresses(state.snapshot)))


def is_doubtful_node(address: str, state: State) -> bool:
    """Whether it is a node's, and perhaps no block holds it."""
    return not state.cluster.profile.blocks_hold_pods and contains(known_addresses(state.snapshot), parse_address(address))


def _is_open(spot: Spot, state: State) -> bool:
    if spot.place is None or not isolating_at(spot.place, Direction.INGRESS, state):
        return True
    return any(surely and any(not said(ref, state).peers for ref in rule.said_by)
               for rule, surely in matching_at(spot, Direction.INGRESS, state))
