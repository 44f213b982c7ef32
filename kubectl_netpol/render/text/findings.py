"""What is probably a mistake, where, and what mends it?"""
from collections.abc import Iterator, Sequence

from kubectl_netpol.render.layout import Line, Page, Span, line, paragraph, sections
from kubectl_netpol.render.style import Role
from kubectl_netpol.render.words import command, count, home_of, object_name, path_in_words, sentence
from kubectl_netpol.reports import Finding, FindingList

SEVERITIES = {"error": Role.DENIED, "warning": Role.UNSURE, "info": Role.HEADING}


def finding_list(report: FindingList, page: Page) -> Iterator[Line]:
    if report.findings:
        return findings(report.findings, page, home_of(each.object.namespace for each in report.findings))
    return iter([line(sentence("no-findings", {}))])


def findings(found: Sequence[Finding], page: Page, home: str | None, *, heading: str = "findings") -> Iterator[Line]:
    """A section for each severity, the gravest first."""
    return sections(*(of_severity(severity, [each for each in found if each.severity == severity], page, home, heading=heading)
                      for severity in SEVERITIES))


def of_severity(severity: str, found: Sequence[Finding], page: Page, home: str | None, *, heading: str) -> Iterator[Line]:
    if found:
        yield line(sentence(heading, {"count": count(len(found), severity)}), SEVERITIES[severity])
    for each in found:
        yield from paragraph(f"{place_of(each, home)}: {each.message}", page, indent="  ")
        yield from where_and_fix(each, page)


def place_of(finding: Finding, home: str | None) -> str:
    return ", ".join(filter(None, (object_name(finding.object, home), path_in_words(finding.path))))


def where_and_fix(finding: Finding, page: Page) -> Iterator[Line]:
    if finding.file:
        file = "stdin" if finding.file == "-" else finding.file
        yield line(f"  {file}:{finding.line}" if finding.line else f"  {file}")
    if finding.fix.patch:
        yield from paragraph(sentence("to-mend", {"patch": finding.fix.patch}), page, first="  ", indent="    ")
    if finding.fix.argv:
        yield Span(f"  {sentence('to-see-mended', {})}  "), Span(command(finding.fix.argv), Role.COMMAND)
