"""Is the source the node of a pod? "Traffic to and from the node where a Pod is running is always allowed" (NetworkPolicy docs)."""
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.core.answers import Judgement
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.snapshot import Key


def from_own_node(question: Question, found: Judgement, state: State) -> Judgement:
    """The verdict for one address; pods whose node is not known are judged as any other."""
    source = question.ends.source
    if not isinstance(source, Block) or found.verdict is Verdict.ALLOWED or _is_unsettled(question, state):
        return found
    target = Key(question.target.kind.value, question.target.namespace or "", question.target.name or "")
    pods = [pod for spot in question.spots if spot.place is not None for pod in state.cluster.classes[spot.place]
            if question.service is not None or target in (pod.key, pod.owner, pod.workload)]
    live = [state.snapshot.pods.get((pod.key.namespace, pod.key.name)) for pod in pods]
    nodes = {pod.status.host_ip if pod and pod.status else None for pod in live}
    address, _, length = source.cidr.partition("/")
    if length not in ("32", "128") or address not in nodes:
        return found
    if nodes == {address}:
        return Judgement(Verdict.ALLOWED, Verdict.ALLOWED, found.egress)
    return Judgement(Verdict.PARTIAL, Verdict.PARTIAL, found.egress) if found.verdict is Verdict.DENIED else found


def _is_unsettled(question: Question, state: State) -> bool:
    """Whether other engines, which see nodes in ways of their own, concern the pods."""
    refusable = state.judge.concerns.among_pods[Direction.INGRESS].refusable
    return any(spot.place is not None and refusable >> spot.place & 1 for spot in question.spots)
