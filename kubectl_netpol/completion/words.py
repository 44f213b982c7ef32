"""Which words may come next: targets, or allow PORT on TARGET from SOURCE?"""
from collections.abc import Mapping, Sequence

from kubectl_netpol.completion import ends
from kubectl_netpol.completion.line import Candidate, Line
from kubectl_netpol.completion.names import Place, namespaces, place_of
from kubectl_netpol.completion.patience import quietly
from kubectl_netpol.completion.phrases import Opening, Slot, opening
from kubectl_netpol.core.intents import Verb, request_of, settled
from kubectl_netpol.core.targets import Target, parse_target
from kubectl_netpol.errors import NetpolError

_SAID = {
    "allow": "open a port", "on": "of which target", "from": "who may reach it", "to": "what it may reach", "in": "in which namespace",
    "and": "one more"}


def words_after(line: Line, environ: Mapping[str, str]) -> list[Candidate]:
    found = opening(line.words, line.command)
    return [*quietly(lambda: _said(line, found, environ)), *((word, _SAID[word]) for word in found.words)]


def _said(line: Line, found: Opening, environ: Mapping[str, str]) -> list[Candidate]:
    """svc gitlab is svc/gitlab in two words."""
    before = f"{found.kind}/" if found.kind else ""
    candidates = _in_slot(found, before + line.word, place_of(line, environ))
    return [(value.removeprefix(before), said) for value, said in candidates if value.startswith(before)]


def _in_slot(found: Opening, word: str, place: Place) -> list[Candidate]:
    targets = targets_in(found.said)
    match found.slot:
        case Slot.PORT: return ends.ports(word, place, targets)
        case Slot.SOURCE: return ends.sources(word, place, targets)
        case Slot.DESTINATION if _have_subject(found.said): return ends.destinations(word, place, targets)
        case Slot.TARGET | Slot.DESTINATION: return ends.targets(word, place)
        case Slot.NAMESPACE: return [(name, "") for name in namespaces(place)]
        case Slot.NONE: return []


def targets_in(words: Sequence[str]) -> tuple[Target, ...]:
    """Those that are named so far; none where a word is wrong."""
    try:
        return tuple(parse_target(text) for verb, text in request_of(list(words)) if verb is Verb.ON)
    except NetpolError:
        return ()


def _have_subject(words: Sequence[str]) -> bool:
    """Whose way to a destination is asked for: in "from anywhere to" a target comes."""
    try:
        _, rest = settled((*request_of(list(words)), (Verb.TO, "svc/any")))
    except NetpolError:
        return True
    return any(verb is Verb.TO for verb, _ in rest)
