"""In which terms of the grammar are peers said? A set of pods is named by the rule that admits it, never by its members."""
from kubectl_netpol.core.addresses import addresses_of, cidrs_of, difference
from kubectl_netpol.core.classes import NAMESPACE_NAME
from kubectl_netpol.core.policies import BlockPeer, Peer, PodPeer, PolicyRule
from kubectl_netpol.core.selectors import EVERYTHING, Operator, Requirement, Selector
from kubectl_netpol.core.targets import Anywhere, Block, Cluster, Pods, SameNamespace, Source


def terms_of(rule: PolicyRule, policy_namespace: str, home: str) -> tuple[Source, ...]:
    """The peers of a rule as sources (or destinations) of an object in the home namespace."""
    return tuple(dict.fromkeys(term_of(peer, policy_namespace, home) for peer in rule.peers)) or (Anywhere(),)


def term_of(peer: Peer, policy_namespace: str, home: str) -> Source:
    match peer:
        case BlockPeer(cidr, excepts):
            return Block(_normal(cidr), tuple(map(_normal, excepts)))
        case PodPeer(pods, namespaces):
            namespace = policy_namespace if namespaces is None else _single_name(namespaces)
            if namespace == home:
                return Pods(pods) if pods != EVERYTHING else SameNamespace()
            if namespace is not None:
                return Pods(pods, namespace)
            assert namespaces is not None
            return Cluster() if pods == namespaces == EVERYTHING else Pods(pods, None, namespaces)


def peer_of(source: Source, home: str) -> tuple[Peer, ...] | None:
    """The inverse: the peers that say a source of the home namespace; () for anywhere, None where labels and addresses cannot say it."""
    match source:
        case Anywhere():
            return ()
        case SameNamespace():
            return (PodPeer(EVERYTHING),)
        case Cluster():
            return (PodPeer(EVERYTHING, EVERYTHING),)
        case Pods(pods, namespace, namespaces):
            return (PodPeer(pods, namespaces if namespace in (None, home) else named_namespace(namespace)),)
        case Block(cidr, excepts):
            return (BlockPeer(cidr, excepts, difference(addresses_of((cidr,)), addresses_of(excepts))),)
        case _:
            return None


def named_namespace(name: str) -> Selector:
    """The control plane sets this label on every namespace."""
    return Selector((Requirement(NAMESPACE_NAME, Operator.IN, (name,)),))


def implies(narrow: Source, wide: Source, home: str) -> bool:
    """Whether every member of one source, whichever pods there will be, is one of the other. False where it cannot be told."""
    if isinstance(wide, Anywhere) or narrow == wide:
        return True
    inner, outer = peer_of(narrow, home), peer_of(wide, home)
    if not inner or not outer:
        return False
    match inner[0], outer[0]:
        case BlockPeer(addresses=inside), BlockPeer(addresses=around):
            return not difference(inside, around)
        case PodPeer(pods, namespaces), PodPeer(more, wider):
            own = named_namespace(home)
            return _selects_less(pods, more) and _selects_less(namespaces or own, wider or own)
    return False


def _selects_less(narrow: Selector, wide: Selector) -> bool:
    return set(wide.requirements) <= set(narrow.requirements)


def _single_name(namespaces: Selector) -> str | None:
    match namespaces.requirements:
        case (Requirement(key, Operator.IN, (name,)),) if key == NAMESPACE_NAME:
            return name
    return None


def _normal(cidr: str) -> str:
    return cidrs_of(addresses_of((cidr,)))[0]
