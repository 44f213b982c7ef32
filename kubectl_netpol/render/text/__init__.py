"""What do people read? Text for each kind of report."""
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_netpol.render.layout import UNLIMITED, Line, Page, line, painted, paragraph, sections, visible
from kubectl_netpol.render.style import Role
from kubectl_netpol.render.text.answers import answer, answers
from kubectl_netpol.render.text.changes import difference
from kubectl_netpol.render.text.connections import connectivity
from kubectl_netpol.render.text.findings import finding_list
from kubectl_netpol.render.text.notes import gaps, notes
from kubectl_netpol.render.text.policies import policy_report, workload_report
from kubectl_netpol.render.text.services import namespace_report, service_map, service_report
from kubectl_netpol.render.words import full_name, sentence
from kubectl_netpol.reports import (
    Answer,
    AnswerList,
    Connectivity,
    Difference,
    FindingList,
    NamespaceReport,
    ObjectRef,
    ObjectReport,
    PolicyReport,
    Report,
    ReportList,
    ServiceMap,
    ServiceReport,
    Suggestion,
    WorkloadReport,
)


def text(report: Report, page: Page) -> Iterator[str]:
    if isinstance(report, Suggestion):
        from kubectl_netpol.render.manifests import manifests  # with YAML, which other answers do without
        return manifests(report)
    return painted(whole(report, page), page)


def wide(report: Report, page: Page) -> Iterator[str]:
    """As text with more columns, never wrapped and never shortened."""
    return text(report, replace(page, wide=True, width=UNLIMITED))


def name(report: Report, page: Page) -> Iterator[str]:
    """What the report is about, a line for each object, as kubectl prints names."""
    return (f"{visible(full_name(kind, name))}\n" for kind, name in dict.fromkeys(subjects(report)))


def whole(report: Report, page: Page) -> Iterator[Line]:
    """The answer, before it what it supposes, after it what it leaves out and what should be known."""
    return sections(supposed(report, page), body(report, page), (*gaps(report.gaps, page), *notes(report.notes, page)))


def supposed(report: Report, page: Page) -> Iterator[Line]:
    if report.scope.as_if:
        base = report.scope.context or ", ".join("stdin" if each == "-" else each for each in report.scope.offline) or "the cluster"
        changes = ", ".join("stdin" if each == "-" else each for each in report.scope.as_if)
        yield from paragraph(sentence("as-if", {"changes": changes, "base": base}), page)


def body(report: Report, page: Page) -> Iterator[Line]:
    match report:
        case ServiceMap(): return service_map(report, page)
        case FindingList(): return finding_list(report, page)
        case ServiceReport(): return service_report(report, page)
        case NamespaceReport(): return namespace_report(report, page)
        case WorkloadReport(): return workload_report(report, page)
        case PolicyReport(): return policy_report(report, page)
        case ReportList(): return report_list(report, page)
        case Answer(): return answer(report, page)
        case AnswerList(): return answers(report, page)
        case Connectivity(): return connectivity(report, page)
        case Difference(): return difference(report, page)
        case _: raise TypeError(f"no text for {type(report).__name__}")


def report_list(report: ReportList, page: Page) -> Iterator[Line]:
    """One after another; where there are several namespaces, each is said before its own."""
    several, home = len({namespace_of(each) for each in report.reports}) > 1, None
    parts: list[Iterable[Line]] = []
    for each in report.reports:
        if several and namespace_of(each) != home and not isinstance(each, NamespaceReport):
            parts.append([line(sentence("namespace", {"name": namespace_of(each)}), Role.HEADING)])
        home = namespace_of(each)
        parts += [body(each, page), gaps((gap for gap in each.gaps if gap not in report.gaps), page),
                  notes((note for note in each.notes if note not in report.notes), page)]
    return sections(*parts)


def namespace_of(report: ObjectReport) -> str:
    match report:
        case NamespaceReport(): return report.namespace
        case ServiceReport(): return report.service.namespace
        case WorkloadReport(): return report.workload.namespace
        case PolicyReport(): return report.policy.namespace


def subjects(report: Report) -> list[tuple[str, str]]:
    """(kind, name) of each object that the report is about."""
    match report:
        case ServiceMap(): return [("Service", each.name) for each in report.services]
        case FindingList(): return named([each.object for each in report.findings])
        case ServiceReport(): return [("Service", report.service.name)]
        case NamespaceReport(): return [("Namespace", report.namespace)]
        case WorkloadReport(): return named([report.workload])
        case PolicyReport(): return named([report.policy])
        case ReportList(): return [subject for each in report.reports for subject in subjects(each)]
        case Answer(): return [(report.target.kind, report.target.name)]
        case AnswerList(): return [(each.target.kind, each.target.name) for each in report.answers]
        case Connectivity(): return named([workload for group in report.groups for workload in group.workloads])
        case Difference(): return named([each.object for each in report.manifests])
        case Suggestion(): return [("NetworkPolicy", policy["metadata"]["name"]) for policy in report.policies]
        case _: raise TypeError(f"no name for {type(report).__name__}")


def named(things: list[ObjectRef]) -> list[tuple[str, str]]:
    return [(thing.kind, thing.name) for thing in things]
