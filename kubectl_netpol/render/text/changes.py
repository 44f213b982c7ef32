"""What does a change do: to the manifests, to Service ports and workloads, to the findings?"""
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET

from kubectl_netpol.render.layout import Column, Line, Page, Row, Span, at_most, line, paragraph, sections, table
from kubectl_netpol.render.style import Role, verdict_role
from kubectl_netpol.render.text.connections import end_name, ports, workload_names
from kubectl_netpol.render.text.findings import findings, place_of
from kubectl_netpol.render.text.isolation import isolated
from kubectl_netpol.render.text.notes import gaps, notes
from kubectl_netpol.render.words import home_of, listed, object_name, sentence, service_port
from kubectl_netpol.reports import Difference, Finding, IntentMeaning, ManifestChange, ObjectRef, ServiceChange, ServiceVerdict, Suggestion

MARKS = {"added": Span("+", Role.ADDED), "removed": Span("-", Role.REMOVED), "changed": Span("~", Role.CHANGED)}
DIFF_LINES = {"+": Role.ADDED, "-": Role.REMOVED, "@": Role.PLACE}
COLOURS = re.compile(r"\x1b\[[\d;]*m")
MESSAGES = {"error": "error: ", "warning": "warning: ", "info": "note: "}


def difference(report: Difference, page: Page) -> Iterator[Line]:
    things = [*(each.object for each in report.manifests), *(each.service for each in report.services),
              *(each.workload for each in report.isolated), *(each.object for each in report.findings.new + report.findings.gone)]
    home = home_of(thing.namespace for thing in things)
    return sections(
        manifest_lines(report),
        isolated(report.isolated, page, home, code="newly-isolated"),
        change_table(report.services, page, home),
        unchanged(report.unchanged, page, home),
        connection_table(report, page),
        nothing_changed(report),
        findings(report.findings.new, page, home, heading="new-findings"),
        gone(report.findings.gone, page, home),
    )


def nothing_changed(report: Difference) -> Iterator[Line]:
    if not (report.isolated or report.services or report.connections):
        yield line(sentence("same-verdicts" if report.manifests else "no-difference", {}))


def gone(found: Sequence[Finding], page: Page, home: str | None) -> Iterator[Line]:
    if found:
        yield line(sentence("gone-findings", {"count": str(len(found))}), Role.ALLOWED)
    for each in found:
        yield from paragraph(f"{place_of(each, home)}: {each.message}", page, indent="  ")


def manifest_lines(report: Difference) -> Iterator[Line]:
    """As the user's own differ shows them, where there is one; what was not shown to it comes after."""
    shown: tuple[ObjectRef, ...] = ()
    if report.external_diff is not UNSET:
        shown = report.external_diff.objects
        yield from (line(COLOURS.sub("", each).expandtabs()) for each in report.external_diff.text.splitlines())
    for change in report.manifests:
        if change.object not in shown:
            yield from diff_lines(change)


def diff_lines(change: ManifestChange) -> Iterator[Line]:
    for each in change.diff.removesuffix("\n").split("\n"):
        yield line(each, DIFF_LINES.get(each[:1], Role.PLAIN))


def change_table(changes: Sequence[ServiceChange], page: Page, home: str | None, *, indent: int = 0) -> Iterator[Line]:
    columns = (Column(""), Column("SERVICE"), Column("PORT"), Column("SOURCE", wraps=True), Column("BEFORE"), Column("AFTER"))
    if changes:
        yield from table(columns, (change_row(change, home) for change in changes), page, indent=indent)


def unchanged(those: Sequence[ServiceVerdict], page: Page, home: str | None, *, first: str = "") -> Iterator[Line]:
    """What the same Services allow as before; denials are no news."""
    kept = [f"{object_name(each.service, home)} {service_port(each.port)} from {each.source}"
            for each in those if each.verdict == "allowed"]
    if kept:
        yield from paragraph(sentence("unchanged", {"what": listed(kept, at_most(10, page))}), page, first=first, indent="  ")


def change_row(change: ServiceChange, home: str | None) -> Row:
    return (MARKS[change.change], Span(object_name(change.service, home)), Span(service_port(change.port)), Span(change.source),
            Span(change.before, verdict_role(change.before)), Span(change.after, verdict_role(change.after)))


def connection_table(report: Difference, page: Page) -> Iterator[Line]:
    columns = (Column(""), *(Column(heading, wraps=True) for heading in ("SOURCE", "DESTINATION", "BEFORE", "AFTER")))
    names = workload_names(report.groups)
    if report.connections:
        yield from table(columns, (
            (MARKS[each.change], Span(end_name(each.source, names, page)), Span(end_name(each.destination, names, page)),
             Span(ports(each.before, each.uncertain_before) or "-"), Span(ports(each.after, each.uncertain_after) or "-"))
            for each in report.connections), page)


# ---- what a suggestion will change, for stderr: each message after its word, further lines indented


def announced(report: Suggestion, page: Page) -> Iterator[Line]:
    """What can hurt comes first: newly isolated workloads, then flows that would stop."""
    changes = report.changes
    home = home_of([*(each.service.namespace for each in changes.services), *(each.workload.namespace for each in changes.isolated)])
    stop = [each for each in changes.services if each.may_stop]
    other = [each for each in changes.services if not each.may_stop]
    yield from isolated(changes.isolated, page, home, code="newly-isolated", first="warning: ")
    if stop:
        yield from message("warning: ", sentence("would-stop", {}), page)
        yield from change_table(stop, page, home, indent=2)
    if other:
        yield from message("note: ", sentence("would-change", {}), page)
        yield from change_table(other, page, home, indent=2)
        yield from unchanged(changes.unchanged, page, home, first="note: ")
    if not changes.services:
        yield from message("note: ", sentence("same-verdicts", {}), page)
    yield from announced_intents(report.intents, page)
    for finding in report.findings if report.policies else ():
        if finding.id == "newly-isolated":
            continue                                            # told above
        yield from message(MESSAGES[finding.severity], f"{place_of(finding, home)}: {finding.message}", page)
    yield from gaps(report.gaps, page, first="warning: ")
    yield from notes(report.notes, page)


def announced_intents(intents: Iterable[IntentMeaning], page: Page) -> Iterator[Line]:
    for intent in intents:
        if intent.guessed:
            code = "guessed-from" if intent.evidence else "guessed"
            yield from message("note: ", sentence(code, {"intent": intent.text, "evidence": intent.evidence}), page)
        if intent.proved != "allowed":
            yield from message("warning: ", sentence("not-proved", {"verdict": intent.proved, "intent": intent.text}), page)


def message(word: str, text: str, page: Page) -> Iterator[Line]:
    return paragraph(text, page, first=word, indent="  ", role=Role.UNSURE if word == MESSAGES["warning"] else Role.PLAIN)
