"""Is the source a node, or one among it? "Traffic to and from the node where a Pod is running is always allowed" (NetworkPolicy docs)."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.addresses import contains, parse_address
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import spec_of
from kubectl_netpol.core.needs import single_address
from kubectl_netpol.core.node_sources import as_far_as_blocks_hold_nodes
from kubectl_netpol.core.nodes import known_addresses
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
    return as_far_as_blocks_hold_nodes(found, question.ends, question.spots, state)


def _from_address(address: str, question: Question, found: Judgement, state: State) -> Judgement:
    """Pods whose node is not known are judged as any other."""
    target = Key(question.target.kind.value, question.target.namespace or "", question.target.name or "")
    pods = [pod for spot in question.spots if spot.place is not None for pod in state.cluster.classes[spot.place]
            if question.service is not None or target in (pod.key, pod.owner, pod.workload)]
    live = [state.snapshot.pods.get((pod.key.namespace, pod.key.name)) for pod in pods]
    nodes = {pod.status.host_ip if pod and pod.status else None for pod in live}
    if address not in nodes:
        return as_far_as_blocks_hold_nodes(found, question.ends, question.spots, state)
    if nodes == {address}:
        return Judgement(Verdict.ALLOWED, Verdict.ALLOWED, found.egress)
    return Judgement(Verdict.PARTIAL, Verdict.PARTIAL, found.egress) if found.verdict is Verdict.DENIED else found


def _is_unsettled(question: Question, state: State) -> bool:
    """Whether other engines, which see nodes in ways of their own, concern the pods."""
    concerned = state.judge.concerns.among_pods[Direction.INGRESS].concerned
    return any(spot.place is not None and concerned >> spot.place & 1 for spot in question.spots)


def is_doubtful_node(address: str, state: State) -> bool:
    """Whether it is a node's, and perhaps no block holds it."""
    return not state.cluster.profile.blocks_hold_pods and contains(known_addresses(state.snapshot), parse_address(address))


def local_node(question: Question) -> str:
    """The node that is dialled, where it sends on to pods of its own alone; "" for others. That is externalTrafficPolicy Local (core/v1
    ServiceExternalTrafficPolicyLocal); what a pod dials is sent on anywhere, if its own node is dialled."""
    if question.at_node is None or question.service is None or question.ends.pods:
        return ""
    return question.at_node.node if spec_of(question.service).external_traffic_policy == "Local" else ""


def is_sent_to(spot: Spot, question: Question, state: State) -> bool:
    """Whether the node that is dialled may send there; pods of templates may run on any."""
    node = local_node(question)
    pods = state.cluster.classes[spot.place] if spot.place is not None and node else ()
    live = [state.snapshot.pods.get((pod.key.namespace, pod.key.name)) for pod in pods]
    return not node or any(pod is None or pod.spec is None or pod.spec.node_name in (None, node) for pod in live)
