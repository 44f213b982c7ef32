"""In which terms of the grammar are peers said? A set of pods is named by the rule that admits it, never by its members."""
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kubectl_netpol.core.addresses import NOWHERE, Addresses, addresses_of, base_of, cidrs_of, difference, parse_cidr
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
            return (BlockPeer(cidr, excepts, addresses_in(source)),)
        case _:
            return None


def named_namespace(name: str) -> Selector:
    """The control plane sets this label on every namespace."""
    return Selector((Requirement(NAMESPACE_NAME, Operator.IN, (name,)),))


def implies(narrow: Source, wide: Source, home: str) -> bool:
    """Whether every member of one source, whichever pods there will be, is one of the other. False where it cannot be told."""
    return Terms((wide,), home).hold(narrow)


class Terms:
    """Sources among which a narrower one is looked for, however many they are."""

    def __init__(self, terms: Iterable[Source], home: str) -> None:
        self.home, self.terms = home, frozenset(terms)
        self._pods = [asked for term in self.terms if (asked := _asked_of(term, home))]
        self._blocks: dict[tuple[int, int], list[Addresses]] = defaultdict(list)        # by the range of the CIDR
        for term in self.terms:
            if isinstance(term, Block):
                self._blocks[parse_cidr(term.cidr)].append(addresses_in(term))
        self._sizes = {after - start for start, after in self._blocks}

    def hold(self, narrow: Source) -> bool:
        """Whether every member of a source, whichever pods there will be, is one of a term. False where it cannot be told."""
        if narrow in self.terms or Anywhere() in self.terms:
            return True
        if isinstance(narrow, Block):
            inside = addresses_in(narrow) if self._blocks else NOWHERE
            return any(not difference(inside, around) for around in self._around(inside))
        asked = _asked_of(narrow, self.home) if self._pods else None
        return asked is not None and any(more <= asked[0] and wider <= asked[1] for more, wider in self._pods)

    def _around(self, addresses: Addresses) -> Iterator[Addresses]:
        """The blocks whose CIDRs hold the first of some addresses."""
        start = addresses.ranges[0][0] if addresses else 0
        for size in self._sizes:
            first = start - (start - base_of(start)) % size
            yield from self._blocks.get((first, first + size), ())


_Asked = tuple[frozenset[Requirement], frozenset[Requirement]]   # of the labels of pods, and of their namespaces


@lru_cache(maxsize=4096)
def _asked_of(source: Source, home: str) -> _Asked | None:
    """What a source asks of labels; None: it is no pods by their labels."""
    match peer_of(source, home):
        case (PodPeer(pods, namespaces),):
            return frozenset(pods.requirements), frozenset((namespaces or named_namespace(home)).requirements)
    return None


@lru_cache(maxsize=4096)
def addresses_in(block: Block) -> Addresses:
    return difference(addresses_of((block.cidr,)), addresses_of(block.excepts))


def _single_name(namespaces: Selector) -> str | None:
    match namespaces.requirements:
        case (Requirement(key, Operator.IN, (name,)),) if key == NAMESPACE_NAME:
            return name
    return None


def _normal(cidr: str) -> str:
    return cidrs_of(Addresses((parse_cidr(cidr),)))[0]
