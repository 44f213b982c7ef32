"""Who should reach which ports of what? One sentence, from words and back: parse_intent(format_intent(x)) == x.

    allow PORT [and PORT…] on TARGET from SOURCE [and SOURCE…]
    allow PORT [and PORT…] from TARGET to DESTINATION [and DESTINATION…]
"""
import shlex
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.targets import (
    Destination,
    PortSpec,
    Source,
    Target,
    TargetKind,
    format_destination,
    format_port,
    format_source,
    format_target,
    parse_destination,
    parse_ports,
    parse_source,
    parse_target,
    targets_of,
)
from kubectl_netpol.errors import NetpolError

INTENT = "kubectl-netpol/intent"                                # annotation: one intent a line


class Wish(Struct, frozen=True):
    """A group: what is allowed from the sources, or to the destinations; one of them is empty.
    Without ports those of the target are meant, and of destinations their own."""

    ports: tuple[PortSpec, ...] = ()
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()


class Intent(Struct, frozen=True):
    """A wish on one target, which holds no ports. Ports of a destination stand for themselves, those of the intent for the others."""

    ports: tuple[PortSpec, ...]
    target: Target
    sources: tuple[Source, ...] = ()
    direction: Direction = Direction.INGRESS
    destinations: tuple[Destination, ...] = ()


def intent_of(target: Target, wish: Wish) -> Intent:
    direction = Direction.EGRESS if wish.destinations else Direction.INGRESS
    return Intent(wish.ports or target.ports, replace(target, ports=()), wish.sources, direction, wish.destinations)


def format_intent(intent: Intent) -> str:
    """What can be typed in a shell as well: words with spaces are quoted."""
    ports = ["allow", *_joined(list(map(format_port, intent.ports)))] if intent.ports else ["allow"]
    target = format_target(intent.target)
    if intent.direction is Direction.INGRESS:
        words = [*ports, "on", target, "from", *_joined(list(map(format_source, intent.sources)))]
    else:
        words = [*ports, "from", target, "to", *_joined(list(map(format_destination, intent.destinations)))]
    return shlex.join(words)


def _joined(words: list[str]) -> list[str]:
    return [each for word in words for each in ("and", word)][1:]


def parse_intent(text: str) -> Intent:
    """One sentence; a NetpolError says what it lacks."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise NetpolError(f"not an intent: {text}", hint="a quote is not closed") from None
    request = request_of(words)
    targets, wishes = wished(request)
    if len(targets) != 1 or len(wishes) != 1 or not words or words[0] != "allow":
        raise NetpolError(f"not an intent: {text}", hint="write it as: allow 10022 on svc/gitlab from anywhere")
    return intent_of(targets[0], wishes[0])


# ---- words


class Verb(Enum):
    """What a word or a flag of a request says of the text after it."""

    ALLOW = "allow"
    ON = "on"
    FROM = "from"
    TO = "to"


_VERBS = {verb.value: verb for verb in Verb}
Request = tuple[tuple[Verb, str], ...]          # in the order in which it was said, as the order makes the groups


def request_of(words: list[str]) -> Request:
    """The same as flags would say: allow ssh and 80/tcp on svc gitlab in shop from same-namespace and ns/ci.

    Words before the first verb are targets. After a verb the next word never is a verb, so that a port may be called on.
    """
    start = next((place for place, word in enumerate(words) if word in _VERBS or word == "in"), len(words))
    request = [(Verb.ON, word) for word in _named(words[:start])]
    if words[start:start + 1] == ["in"]:
        request = [(Verb.ON, f"ns/{_word_at(words, start + 1, 'in')}:{word}") for _, word in request]
        start += 2
    verb = None
    while start < len(words):
        if words[start] in _VERBS:
            verb = _VERBS[words[start]]
        elif verb is None or words[start] != "and":
            raise NetpolError(f'"{words[start]}" is not expected here', hint="write it as: allow 10022 on svc/gitlab from anywhere")
        elif words[start + 1:start + 2] == [Verb.ALLOW.value] and verb is not Verb.ALLOW:
            start += 1
            continue
        if verb is Verb.ALLOW and _names_no_port(words[start + 1:start + 3]):
            start += 1
            continue
        end = _end_of_phrase(words, start + 1, verb)
        request.append((verb, _phrase(words[start + 1:end])))
        start = end
    return tuple(request)


def _names_no_port(words: list[str]) -> bool:
    """allow from deploy/web to svc/redis:6379; but in allow from on svc/web the port is called from."""
    return words[:1] == [Verb.FROM.value] and len(words) == 2 and words[1] not in _VERBS and words[1] != "and"


def _named(words: list[str]) -> list[str]:
    return [format_target(target) for target in targets_of(words)]


def _word_at(words: list[str], place: int, before: str) -> str:
    if place >= len(words):
        raise NetpolError(f'nothing follows "{before}"', hint="write it as: allow 10022 on svc/gitlab from anywhere")
    return words[place]


def _end_of_phrase(words: list[str], start: int, verb: Verb) -> int:
    """The place after the phrase that begins at start: it has one word at least."""
    _word_at(words, start, verb.value)
    ends = (place for place in range(start + 1, len(words)) if words[place] in _VERBS or words[place] == "and")
    return next(ends, len(words))


def _phrase(words: list[str]) -> str:
    """svc gitlab in shop → ns/shop:svc/gitlab; blocks and selectors may be several words."""
    if len(words) > 2 and words[-2] == "in" and not words[-1].startswith("("):
        return f"ns/{words[-1]}:{_phrase(words[:-2])}"
    if len(words) == 2 and "/" not in words[0] and "=" not in words[0]:
        return "/".join(words)
    return " ".join(words)


# ---- groups


def wished(request: Request) -> tuple[tuple[Target, ...], tuple[Wish, ...]]:
    """Targets and groups: a source belongs to the ports before it, back to the previous group."""
    targets, request = settled(request)
    groups: list[tuple[list[str], list[tuple[Verb, str]]]] = []
    for verb, text in request:
        if not groups or (verb is Verb.ALLOW and groups[-1][1]):
            groups.append(([], []))
        if verb is Verb.ALLOW:
            groups[-1][0].append(text)
        else:
            groups[-1][1].append((verb, text))
    return targets, tuple(_wish(ports, ends, targets) for ports, ends in groups)


def _wish(ports: list[str], ends: list[tuple[Verb, str]], targets: tuple[Target, ...]) -> Wish:
    if not ends:
        raise NetpolError(f"--allow {ports[-1]} has no --from", hint=f"say who may reach it: --allow {ports[-1]} --from anywhere")
    if len({verb for verb, _ in ends}) > 1:
        raise NetpolError("--from and --to are two wishes", hint="--from says who may reach a target, --to whom a workload may reach")
    allowed = tuple(each for text in ports for each in parse_ports(text))
    sources = tuple(dict.fromkeys(parse_source(text) for verb, text in ends if verb is Verb.FROM))
    destinations = tuple(parse_destination(text) for verb, text in ends if verb is Verb.TO)
    own = all(each.ports for each in destinations) if destinations else bool(targets) and all(each.ports for each in targets)
    if not allowed and not own:
        raise NetpolError("which ports? there is no --allow", hint="--allow PORT before it, or --allow all")
    return Wish(allowed, sources, destinations)


def settled(request: Request) -> tuple[tuple[Target, ...], Request]:
    """The targets, and the rest. In "from A to B" the target is A, or B where A has no egress of its own (from anywhere to svc gitlab)."""
    targets = tuple(parse_target(text) for verb, text in request if verb is Verb.ON)
    rest = tuple((verb, text) for verb, text in request if verb is not Verb.ON)
    verbs = {verb for verb, _ in rest}
    if targets or not {Verb.FROM, Verb.TO} <= verbs:
        return targets, rest
    subject = Verb.FROM if all(_is_subject(text) for verb, text in rest if verb is Verb.FROM) else Verb.TO
    targets = tuple(parse_target(text) for verb, text in rest if verb is subject)
    return targets, tuple((verb, text) for verb, text in rest if verb is not subject)


def _is_subject(text: str) -> bool:
    try:
        target = parse_target(text)
    except NetpolError:
        return False
    return target.name is not None and target.kind not in (TargetKind.NAMESPACE, TargetKind.NETWORKPOLICY)
