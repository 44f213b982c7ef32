"""Which targets, sources and destinations begin with these letters? Types first, then names, then their ports."""
import re
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from kubectl_netpol.completion.line import Candidate
from kubectl_netpol.completion.names import Place, names, namespaces
from kubectl_netpol.core.targets import KINDS, SHORT, Target, TargetKind

_TARGETS = tuple(SHORT)
_SOURCES = (TargetKind.NAMESPACE, *(kind for kind in SHORT if kind not in (TargetKind.NAMESPACE, TargetKind.NETWORKPOLICY)))
_WORDS = (
    ("anywhere", "any address, of pods or not"), ("same-namespace", "all pods of the target's namespace"), ("cluster", "any pod"),
    ("outside", "any address that is no pod"), ("nodes", "the addresses of the nodes"))
_WITH_NAMESPACE = re.compile(r"((?:ns|namespaces?)/([^:]+):)?(.*)", re.DOTALL)


def targets(word: str, place: Place, kinds: Sequence[TargetKind] = _TARGETS) -> list[Candidate]:
    """[ns/NAME:]TYPE/NAME[:PORT]"""
    return _objects(word, place, kinds, with_ports=True)


def sources(word: str, place: Place, named: Sequence[Target] = ()) -> list[Candidate]:
    """Without a namespace of their own they are in that of the target."""
    return [*_WORDS, *_objects(word, _beside(named, place), _SOURCES, with_ports=False)]


def destinations(word: str, place: Place, named: Sequence[Target] = ()) -> list[Candidate]:
    return [*_WORDS, *_objects(word, _beside(named, place), _SOURCES, with_ports=True)]


def ports(word: str, place: Place, named: Sequence[Target]) -> list[Candidate]:
    """Of the first target that has a name; where none is named yet, of all Services."""
    from kubectl_netpol.completion.ports import ports_of, ports_of_services
    target = next((target for target in named if target.name), None)
    return ports_of(target, word, place) if target else ports_of_services(word, place)


def _beside(named: Sequence[Target], place: Place) -> Place:
    return replace(place, namespace=named[0].namespace) if named else place


def _objects(word: str, place: Place, kinds: Sequence[TargetKind], *, with_ports: bool) -> list[Candidate]:
    before, namespace, rest = _divided(word)
    spelling, slash, name = rest.partition("/")
    if not slash:
        return [(f"{before}{each}/", kind.value) for each, kind in _types(spelling, kinds)]
    kind = KINDS.get(spelling.lower())
    if kind not in kinds or kind is None:
        return []
    start = f"{before}{spelling}/"
    name, colon, port = name.partition(":")
    if colon and with_ports:
        name, _, own = name.partition(".") if kind is TargetKind.SERVICE else (name, "", "")
        target = Target(kind, name, own or namespace)
        return [(word.removesuffix(port) + value, said) for value, said in ports(port, place, (target,))]
    return [(start + each, "") for each in _names(kind, name, namespace, place)]


def _divided(word: str) -> tuple[str, str | None, str]:
    found = _WITH_NAMESPACE.fullmatch(word)
    assert found
    return found[1] or "", found[2], found[3]


def _types(typed: str, kinds: Sequence[TargetKind]) -> list[tuple[str, TargetKind]]:
    """As we write them, or else in kubectl's other spellings."""
    ours = [(SHORT[kind], kind) for kind in kinds]
    if any(each.startswith(typed) for each, _ in ours):
        return ours
    return [(each, kind) for each, kind in KINDS.items() if kind in kinds and "." not in each]


def _names(kind: TargetKind, typed: str, namespace: str | None, place: Place) -> list[str]:
    """A Service of a name that several namespaces have is svc/NAME.NAMESPACE; of other kinds the names alone can be completed."""
    if kind is TargetKind.NAMESPACE:
        return namespaces(place)
    if kind is TargetKind.SERVICE and "." in typed:
        return [f"{typed.partition('.')[0]}.{each}" for each in namespaces(place)]
    found = names(kind, namespace, place)
    times = Counter(name for _, name in found)
    return [f"{name}.{home}" if times[name] > 1 and kind is TargetKind.SERVICE else name for home, name in found]
