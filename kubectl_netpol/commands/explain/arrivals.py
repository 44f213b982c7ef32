"""By which ways do clients outside come to a Service port, and what is said of each of them?"""
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.question import Question
from kubectl_netpol.commands.explain.steps import sides, way_to
from kubectl_netpol.commands.explain.ways import said_arrival
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.pasting import PROGRAM, scope_words, suggestion_command
from kubectl_netpol.core.arrivals import Arrival, arrivals
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Object, Outside, Target, format_source, format_target
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.options import Explain
from kubectl_netpol.render.words import object_name, sentence
from kubectl_netpol.reports import Step


def ways_of_question(question: Question, options: Explain, state: State) -> tuple[Arrival, ...]:
    """Of clients outside; none where no Ingress, Gateway or Route leads to the port."""
    if not isinstance(question.ends.source, Outside) or question.service is None or question.port is None or not question.spots:
        return ()
    found = arrivals(question.service, question.port, question.spots, state, options.scope.pod_cidrs)
    return found if any(way.entry for way in found) else ()


def arrival_steps(question: Question, ways: Sequence[Arrival], state: State) -> tuple[Step, ...]:
    """The Service and its pods once, then each way."""
    steps = [*way_to(replace(question, ends=ways[0].ends), state)]
    for way in ways:
        steps += [*_lead(way, question.place), *sides(replace(question, ends=way.ends), way.found, state)]
    return tuple(dict.fromkeys(steps))


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


def arrival_trial(ways: Sequence[Arrival]) -> tuple[str, ...]:
    """By the first host that leads there; directly a Service's own address is dialled."""
    where = next((way.entry.where for way in ways if way.entry and way.entry.where[:1] not in ("", "/", "*")), "")
    return ("curl", "-v", f"http://{where}") if where else ()


def arrival_fix(question: Question, ways: Sequence[Arrival], options: Explain) -> reports.Fix | None:
    """What would open the first way that is not: at the pods, or before that at those of the controller."""
    way = next((way for way in ways if way.verdict is not Verdict.ALLOWED), None)
    if way is None:
        return None
    if way.found.verdict is Verdict.ALLOWED and way.carrier is not None:
        carrier = next((each for each in way.carrier.sources if isinstance(each, Object)), None)
        if carrier is None:
            return reports.Fix((), sentence("fix-carrier", {}))
        name = format_target(Target(carrier.kind, carrier.name))
        return reports.Fix((*PROGRAM, "explain", name, "--from", "outside", *scope_words(options.scope, carrier.namespace)), "")
    if not way.ends.is_known:
        return reports.Fix((), sentence("fix-entry", {"entry": format_source(way.ends.source)}))
    if way.found.verdict is Verdict.UNKNOWN:
        return reports.Fix((), sentence("fix-unknown", {}))
    return reports.Fix(suggestion_command(replace(question, ends=way.ends), way.found, options), "")
