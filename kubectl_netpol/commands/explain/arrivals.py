"""By which ways do clients outside come to a Service port, and what is said of each of them?"""
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.doubts import doubt_of
from kubectl_netpol.commands.explain.engines import engine_steps, pods_of, unsettling
from kubectl_netpol.commands.explain.mesh import mesh_steps, mesh_way
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.steps import sides, way_to
from kubectl_netpol.commands.explain.tiers import refusing
from kubectl_netpol.commands.explain.ways import said_arrival
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.pasting import PROGRAM, scope_words, suggestion_command, trial_command
from kubectl_netpol.core.addresses import NOWHERE, intersection
from kubectl_netpol.core.answers import judgement
from kubectl_netpol.core.arrivals import Arrival, arrivals
from kubectl_netpol.core.controllers import Carrier
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.engines import concerning
from kubectl_netpol.core.nodes import node_addresses
from kubectl_netpol.core.selectors import EVERYTHING
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Block, Object, Outside, Target, format_source, format_target
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import listed, object_name, sentence
from kubectl_netpol.reports import Step


def ways_of_question(question: Question, options: Explain, state: State) -> tuple[Arrival, ...]:
    """Of clients outside, and of whoever dials what is served for a Service; none where no Ingress, Gateway or Route leads to the port."""
    service, port = question.service, question.port
    if service is None or port is None or not question.spots or question.at_node is not None:
        return ()
    if not (question.served or _is_outside(question, state)):
        return ()
    by = frozenset((each.entry, each.where) for each in question.served)
    found = arrivals(service, port, question.spots, state, question.ends, by=by)
    return found if any(way.entry for way in found) else ()


def _is_outside(question: Question, state: State) -> bool:
    """Addresses alone, and none that a node has."""
    ends, nodes = question.ends, node_addresses(EVERYTHING, state.snapshot) or NOWHERE
    if isinstance(ends.source, Outside):
        return True
    return isinstance(ends.source, Block) and not ends.pods and bool(ends.addresses) and not intersection(ends.addresses, nodes)


def arrival_steps(question: Question, ways: Sequence[Arrival], state: State) -> tuple[Step, ...]:
    """The Service and its pods once, then each way."""
    steps = [*way_to(replace(question, ends=ways[0].ends), state)]
    for way in ways:
        own = replace(question, ends=way.ends)
        steps += dict.fromkeys([*_lead(way, question.place), *sides(own, way.found, state), *_others(own, way, state)])
    return tuple(steps)


def _others(question: Question, way: Arrival, state: State) -> Iterator[Step]:
    """What other engines, and a mesh, may make of it."""
    if way.entry is not None:
        yield from mesh_steps(question, judgement(question.ends, question.home, question.spots, state), mesh_way(question, state))
    concerns = (*unsettling(question, way.found, state), *(
        concerning(way.ends.pods, Direction.INGRESS, state.judge.concerns) if way.reached is Verdict.UNKNOWN else ()))
    pods = {Direction.EGRESS: way.ends.pods, Direction.INGRESS: pods_of(question)[Direction.INGRESS] | way.ends.pods}
    yield from engine_steps(dict.fromkeys(concerns), pods, question.place, state)


def _lead(way: Arrival, home: str) -> Iterator[Step]:
    if way.entry is not None and way.carrier is not None:
        yield said_arrival(way.entry, way.carrier, "note", home)
        if way.reached is not None:
            yield Step(object_ref(way.entry.key), None, way.reached.value, sentence(f"step-entry-{way.reached.value}", {}))


def arrival_parts(question: Question, ways: Sequence[Arrival]) -> tuple[reports.AnswerPart, ...]:
    if len({way.verdict for way in ways}) < 2:
        return ()
    target = format_target(replace(question.target, namespace=None))
    return tuple(reports.AnswerPart(
        sentence("way-through", {"entry": object_name(object_ref(way.entry.key), question.place)}) if way.entry
        else sentence("way-directly", {}),
        target, way.verdict.value, _why(way)) for way in ways)


def _why(way: Arrival) -> str:
    if way.reached in (None, Verdict.ALLOWED) or way.verdict is Verdict.ALLOWED:
        return ""
    return sentence(f"step-entry-{way.reached.value}", {})


_PLAIN = re.compile(r"[a-z0-9.-]+(/[A-Za-z0-9._~/-]*)?")          # paths of some controllers are regular expressions


def arrival_trial(question: Question, ways: Sequence[Arrival], state: State) -> tuple[str, ...]:
    """What was asked for; else by the first host that leads there, where the Service itself is not dialled from outside."""
    if question.served:
        return ("curl", "-v", question.served[0].url)
    if own := trial_command(question, state):
        return own
    where = next((way.entry.where for way in ways if way.entry and way.entry.key.kind != "Gateway"
                  and _PLAIN.fullmatch(way.entry.where)), "")
    return ("curl", "-v", f"http://{where}") if where else ()


def arrival_fix(question: Question, ways: Sequence[Arrival], options: Explain, state: State) -> reports.Fix | None:
    """What would open the first way that is not: at the pods, or before that at those of the controller."""
    way = next((way for way in ways if way.verdict is not Verdict.ALLOWED), None)
    if way is None:
        return None
    own = replace(question, ends=way.ends)
    if way.found.verdict is Verdict.ALLOWED and way.carrier is not None:
        return _fix_before(way.carrier, question, options)
    if way.found.verdict is not Verdict.ALLOWED and (policies := refusing(own, state)):
        return reports.Fix((), sentence("fix-admin", {"policies": listed(policies)}))
    if not way.ends.is_known and way.found.verdict is not Verdict.DENIED:
        return reports.Fix((), sentence("fix-entry", {"entry": own.source_text}))
    if way.found.verdict is Verdict.UNKNOWN:
        doubt = "because-engine" if unsettling(own, way.found, state) else doubt_of(own, state) or (
            "because-mesh" if mesh_way(own, state) else "unknown")
        return reports.Fix((), sentence(f"fix-{doubt}", {}))
    if not way.ends.is_known:
        return reports.Fix((), sentence("fix-entry", {"entry": own.source_text}))
    return reports.Fix(suggestion_command(own, way.found, options), "")


def _fix_before(carrier: Carrier, question: Question, options: Explain) -> reports.Fix:
    """What keeps clients from the controller is told by asking about it."""
    thing = next((each for each in carrier.sources if isinstance(each, Object)), None)
    if thing is None:
        return reports.Fix((), sentence("fix-carrier", {}))
    name = format_target(Target(thing.kind, thing.name))
    return reports.Fix((*PROGRAM, "explain", name, "--from", format_source(question.ends.source),
                        *scope_words(options.scope, thing.namespace)), "")
