"""Which phrase do these words leave open: allow PORT on TARGET from SOURCE, and which words may come instead?"""
from enum import Enum

from msgspec import Struct

from kubectl_netpol.core.intents import Verb
from kubectl_netpol.core.targets import KINDS, TargetKind


class Slot(Enum):
    """What is to be said next."""

    TARGET = "target"
    PORT = "port"
    SOURCE = "source"
    DESTINATION = "destination"
    NAMESPACE = "namespace"
    NONE = "none"                                               # only one of the words


class Opening(Struct, frozen=True):
    slot: Slot
    said: tuple[str, ...] = ()                                  # the words before, as far as they are whole
    kind: str = ""                                              # svc, where the name comes in a word of its own
    words: tuple[str, ...] = ()                                 # that may come as well


_VERBS = {verb.value: verb for verb in Verb}
_SLOTS = {Verb.ALLOW: Slot.PORT, Verb.ON: Slot.TARGET, Verb.FROM: Slot.SOURCE, Verb.TO: Slot.DESTINATION}


class _Phrase(Struct, frozen=True):
    """The last one: its words, after what opened it at start; no verb: targets."""

    verb: Verb | None = None
    start: int = 0
    words: tuple[str, ...] = ()
    is_more: bool = False                                       # after and


def opening(words: tuple[str, ...], command: str) -> Opening:
    phrase = _last_phrase(words)
    if phrase.words[1:] and phrase.words[-1] == "in":
        return Opening(Slot.NAMESPACE, words[:-1])
    if phrase.verb is not None and not phrase.words:
        starts_again = phrase.is_more and phrase.verb is not Verb.ALLOW and command != "explain"
        return Opening(_SLOTS[phrase.verb], words[:phrase.start], words=("allow",) if starts_again else ())
    then = (*_within(phrase), *_following(phrase, words, command))
    if phrase.verb is not None:
        is_open = len(phrase.words) == 1 and _is_kind(phrase.words[0]) and phrase.verb is not Verb.ALLOW
        return Opening(_SLOTS[phrase.verb], words[:phrase.start], phrase.words[0]) if is_open else Opening(Slot.NONE, words, words=then)
    if "in" in words:
        return Opening(Slot.NONE, words, words=then)
    return Opening(Slot.TARGET, words, words[0] if words and _is_kind(words[0]) else "", then)


def _last_phrase(words: tuple[str, ...]) -> _Phrase:
    """As intents.request_of reads them: after a verb the next word is none, whatever it is."""
    phrase = _Phrase()
    for place, word in enumerate(words):
        is_first = phrase.verb is not None and not phrase.words
        turns = (phrase.verb is Verb.ALLOW and word == "from") or (phrase.is_more and word == "allow")
        if word in _VERBS and (turns or not is_first):
            phrase = _Phrase(_VERBS[word], phrase.start if is_first else place)
        elif word == "and" and phrase.verb and not is_first:
            phrase = _Phrase(phrase.verb, place, is_more=True)
        else:
            phrase = _Phrase(phrase.verb, phrase.start, (*phrase.words, word), phrase.is_more)
    return phrase


def _is_kind(word: str) -> bool:
    return word.lower() in KINDS


def _within(phrase: _Phrase) -> tuple[str, ...]:
    """Objects may be followed by their namespace, unless they name it."""
    kinds = [KINDS.get(word.partition("/")[0].lower()) for word in phrase.words]
    is_named = TargetKind.NAMESPACE in kinds or "in" in phrase.words
    return ("in",) if kinds and kinds[0] and not is_named and phrase.verb is not Verb.ALLOW else ()


def _following(phrase: _Phrase, words: tuple[str, ...], command: str) -> tuple[str, ...]:
    """The verbs that may come next."""
    has_target = words[:1] and words[0] not in _VERBS
    without_target = () if has_target or "on" in words else ("to",) if command == "explain" else ("on", "to")
    match phrase.verb:
        case None if not words: return ("from",) if command == "explain" else ("allow",)
        case None: return ("from", "to") if command == "explain" else ("allow", "from", "to") if ":" in words[-1] else ("allow",)
        case Verb.ALLOW: return ("and", "from", "to") if has_target else ("and", "on", "from")
        case Verb.ON: return ("and",) if "from" in words else ("and", "from", "to")
        case Verb.FROM: return ("and", *without_target)
        case Verb.TO: return ("and",)
