"""Which pieces of a question are treated differently? Sources, destinations and ports that have one verdict and one reason are one part."""
from collections.abc import Iterator
from itertools import groupby

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.said import MOST, said_policies, said_range, said_workloads, workload_names
from kubectl_netpol.core.addresses import NOWHERE
from kubectl_netpol.core.answers import Judgement, isolating_at, judgement
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.deciders import deciders
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import concerning, objects_in
from kubectl_netpol.core.ports import PortRange, cut
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.rows import at
from kubectl_netpol.core.rulings import Ruling
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Object, TargetKind
from kubectl_netpol.core.tiers import Tier
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.render.words import listed, sentence
from kubectl_netpol.snapshot import Key

_Treated = dict[tuple[str, str], list[str]]
_PIECE = Object(TargetKind.POD, "")                             # no rule names it, so that each piece is judged by itself


def parts_of(question: Question, found: Judgement, state: State) -> tuple[reports.AnswerPart, ...]:
    """Of a partial or unknown answer; none where all pieces are alike."""
    if found.verdict not in (Verdict.PARTIAL, Verdict.UNKNOWN):
        return ()
    sources: dict[tuple[str, str, str], dict[str, None]] = {}
    for whole in question.spots:
        for ports, treated in _alike([(spot.ports, _treated(question, spot, state)) for spot in _cut(whole, state)]):
            for (verdict, why), names in treated.items():
                key = _spot_text(Spot(ports, whole.place), question.place, state), verdict, why
                sources.setdefault(key, {}).update(dict.fromkeys(names))
    parts = tuple(reports.AnswerPart(listed(list(names), 2 * MOST), *key) for key, names in sources.items())
    return parts if len({part.verdict for part in parts}) > 1 else ()


def _treated(question: Question, spot: Spot, state: State) -> _Treated:
    """The names of the sources, by verdict and reason."""
    treated: _Treated = {}
    for piece in _pieces(question.ends, state):
        own = judgement(piece, question.home, (spot,), state)
        if own.ingress is not None or own.egress is not None:   # else a pod and itself
            key = own.verdict.value, _why(own, piece, spot, question.place, state)
            treated.setdefault(key, []).extend(_piece_names(piece, question.place, state))
    return treated


def _alike(pieces: list[tuple[PortRange, _Treated]]) -> Iterator[tuple[PortRange, _Treated]]:
    """Neighbouring ports that are treated alike are one range."""
    for _, group in groupby(pieces, key=lambda each: (each[0].protocol, each[1])):
        own = list(group)
        yield PortRange(own[0][0].protocol, own[0][0].first, own[-1][0].last), own[0][1]


def _cut(spot: Spot, state: State) -> list[Spot]:
    """A range of ports where its rows change."""
    if spot.place is None or spot.ports.first == spot.ports.last:
        return [spot]
    rows = (state.judge.sources(spot.place), state.judge.area(spot.place, Direction.INGRESS))
    pieces: list[PortRange] = [piece for row in rows for piece, _ in at(row, spot.ports)]
    return [replace(spot, ports=piece) for piece in cut(pieces)]


def _pieces(ends: Ends, state: State) -> Iterator[Ends]:
    """The pods of the source by class, and its addresses."""
    for place in bits(ends.pods):
        yield Ends(_PIECE, 1 << place, NOWHERE, ends.families, ends.is_open_set)
    if ends.addresses:
        yield Ends(_PIECE, 0, ends.addresses, ends.families, ends.is_open_set)


def _why(found: Judgement, piece: Ends, spot: Spot, home: str, state: State) -> str:
    """Who stands in the way; nothing where nobody does."""
    said = []
    denying = [ruling for direction, verdict in ((Direction.INGRESS, found.ingress), (Direction.EGRESS, found.egress))
               if verdict not in (None, Verdict.ALLOWED) for ruling in _denying(piece, home, spot, direction, state)]
    if denying:
        return sentence("refused-by", {"policies": said_policies(sorted({ruling.ref.policy for ruling in denying}), home)})
    if found.ingress not in (None, Verdict.ALLOWED) and spot.place is not None:
        said.append(_isolated("ingress", isolating_at(spot.place, Direction.INGRESS, state), home))
    if found.egress not in (None, Verdict.ALLOWED):
        policies = dict.fromkeys(key for place in bits(piece.pods) for key in isolating_at(place, Direction.EGRESS, state))
        said.append(_isolated("egress", tuple(policies), home))
    if own := _unjudged(found, piece, spot, state):
        said.append(sentence("part-unjudged", {"policies": said_policies(own, home)}))
    return ", ".join(filter(None, said))


def _unjudged(found: Judgement, piece: Ends, spot: Spot, state: State) -> tuple[Key, ...]:
    """Policies of other engines, where nobody knows what they make of it."""
    sides = ((Direction.EGRESS, found.egress, piece.pods, spot.place is None),
             (Direction.INGRESS, found.ingress, 0 if spot.place is None else 1 << spot.place, bool(piece.addresses)))
    return objects_in(each for direction, verdict, pods, is_outside in sides if verdict is Verdict.UNKNOWN
                      for each in concerning(pods, direction, state.judge.concerns) if is_outside or not each.is_outside_only)


def _denying(piece: Ends, home: str, spot: Spot, direction: Direction, state: State) -> list[Ruling]:
    admin = deciders(piece, home, spot, direction, Tier.ADMIN, state)
    if admin.is_whole or _is_isolated(piece, spot, direction, state):
        return [*admin.refuse()]
    return [*admin.refuse(), *deciders(piece, home, spot, direction, Tier.BASELINE, state).refuse()]


def _is_isolated(piece: Ends, spot: Spot, direction: Direction, state: State) -> bool:
    pods = piece.pods if direction is Direction.EGRESS else 0 if spot.place is None else 1 << spot.place
    return bool(pods & state.judge.rules.isolated[direction].sure)


def _isolated(direction: str, policies: tuple[Key, ...], home: str) -> str:
    return sentence("part-isolated", {"direction": direction, "policies": said_policies(policies, home)}) if policies else ""


def _piece_names(piece: Ends, home: str, state: State) -> list[str]:
    if piece.addresses:
        return [sentence("addresses-outside", {})]
    return workload_names([pod for place in bits(piece.pods) for pod in state.cluster.classes[place]], home)


def _spot_text(spot: Spot, home: str, state: State) -> str:
    where = sentence("addresses-outside", {}) if spot.place is None else said_workloads(state.cluster.classes[spot.place], home)
    return f"{where}:{said_range(spot.ports)}"
