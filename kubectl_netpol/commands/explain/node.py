"""Is the source a node? "Traffic to and from the node where a Pod is running is always allowed" (NetworkPolicy docs)."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.addresses import EVERYWHERE, parse_address
from kubectl_netpol.core.answers import Judgement, isolating_at, matching_at
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.nodes import addresses_of_node
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


def from_node(question: Question, found: Judgement, state: State) -> Judgement:
    """The verdict for one address; pods whose node is not known are judged as any other."""
    source = question.ends.source
    if not isinstance(source, Block) or _is_unsettled(question, state):
        return found
    target = Key(question.target.kind.value, question.target.namespace or "", question.target.name or "")
    pods = [pod for spot in question.spots if spot.place is not None for pod in state.cluster.classes[spot.place]
            if question.service is not None or target in (pod.key, pod.owner, pod.workload)]
    live = [state.snapshot.pods.get((pod.key.namespace, pod.key.name)) for pod in pods]
    nodes = {pod.status.host_ip if pod and pod.status else None for pod in live}
    address, _, length = source.cidr.partition("/")
    if length not in ("32", "128"):
        return found
    if address not in nodes:
        return _from_another(address, question, found, state)
    if nodes == {address}:
        return Judgement(Verdict.ALLOWED, Verdict.ALLOWED, found.egress)
    return Judgement(Verdict.PARTIAL, Verdict.PARTIAL, found.egress) if found.verdict is Verdict.DENIED else found


def _is_unsettled(question: Question, state: State) -> bool:
    """Whether other engines, which see nodes in ways of their own, concern the pods."""
    refusable = state.judge.concerns.among_pods[Direction.INGRESS].refusable
    return any(spot.place is not None and refusable >> spot.place & 1 for spot in question.spots)


def _from_another(address: str, question: Question, found: Judgement, state: State) -> Judgement:
    """Where blocks hold no pods they hold no nodes either, unless a setting of the plugin says so; a rule for everybody does."""
    if found.verdict is Verdict.DENIED or not is_doubtful_node(address, state) or all(_is_open(spot, state) for spot in question.spots):
        return found
    return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, found.egress)


def is_doubtful_node(address: str, state: State) -> bool:
    """Whether it is a node's, and no block may hold it."""
    return not state.cluster.profile.blocks_hold_pods and _is_node(address, state)


def _is_open(spot: Spot, state: State) -> bool:
    if spot.place is None or not isolating_at(spot.place, Direction.INGRESS, state):
        return True
    everyone = state.cluster.pods.everyone
    return any(surely and rule.peers.pods.sure == everyone and rule.peers.addresses == EVERYWHERE
               for rule, surely in matching_at(spot, Direction.INGRESS, state))


def _is_node(address: str, state: State) -> bool:
    start = parse_address(address)
    return any((start, start + 1) in addresses_of_node(node).ranges for node in state.snapshot.nodes.values()) or any(
        pod.status is not None and pod.status.host_ip == address for pod in state.snapshot.pods.values())
