"""What is the verdict of one question, by which evidence, and what would change it?"""
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from kubectl_netpol.render.layout import BLANK, Column, Line, Page, Span, line, paragraph, table
from kubectl_netpol.render.style import Role, verdict_role
from kubectl_netpol.render.text.notes import gaps, notes
from kubectl_netpol.render.words import command, rule_name, sentence, target_with_port
from kubectl_netpol.reports import Answer, AnswerList, Fix, Step

WAYS = ("Ingress", "Gateway", "Route")
LABEL = 14                              # the columns of "to allow it:" and what stands beside it


def answers(report: AnswerList, page: Page) -> Iterator[Line]:
    for number, each in enumerate(report.answers):
        if number:
            yield BLANK
        yield from answer(each, page)
        yield from gaps((gap for gap in each.gaps if gap not in report.gaps), page)
        yield from notes((note for note in each.notes if note not in report.notes), page)


def answer(report: Answer, page: Page) -> Iterator[Line]:
    flow = sentence("flow", {"source": report.source, "target": target_with_port(report.target.text, report.target.port)})
    yield from paragraph(flow, page, first=f"{report.verdict}: ", indent="  ", role=verdict_role(report.verdict))
    if report.ingress and report.egress and report.verdict != "allowed":
        yield line(f"  {sentence('directions', {'ingress': report.ingress, 'egress': report.egress})}")
    yield from steps(report.steps, page, report.target.namespace)
    if report.parts:
        yield from table((Column("SOURCE", wraps=True), Column("DESTINATION", wraps=True), Column("VERDICT"), Column("WHY", wraps=True)), (
            (Span(part.source), Span(part.destination), Span(part.verdict, verdict_role(part.verdict)), Span(part.why))
            for part in report.parts), page, indent=2)
    yield from fix(report.fix, page)
    if report.try_it:
        yield labelled("to-try", command(report.try_it))


def fix(mends: Fix | None, page: Page) -> Iterator[Line]:
    if mends and mends.argv:
        yield labelled("to-allow", command(mends.argv))
    if mends and mends.patch:
        yield from paragraph(mends.patch, page, first=sentence("to-allow", {}).ljust(LABEL), indent="  ")


def labelled(code: str, words: str) -> Line:
    """A command stands on one line, however long: it is there to be pasted."""
    return Span(sentence(code, {}).ljust(LABEL)), Span(words, Role.COMMAND)


def steps(those: Sequence[Step], page: Page, home: str) -> Iterator[Line]:
    """Numbered; what the rules of an isolating NetworkPolicy say stands below the step that tells the isolation."""
    number, isolated = 0, set[str]()
    for step in those:
        rule = step.rule
        if step.object and step.object.kind in WAYS:            # what follows is of another way
            isolated.clear()
        if rule and rule.rule is None:
            isolated.add(rule.direction)
        said = f"{rule_name(rule, home)}: {step.why}" if rule and rule.rule is not None else step.why
        if rule and rule.rule is not None and rule.direction in isolated and rule.kind is UNSET:
            yield from paragraph(said, page, first=" " * 6, indent=" " * 8)
        else:
            number += 1
            yield from paragraph(said, page, first=f"  {number} ", indent=" " * 4)
