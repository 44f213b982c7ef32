"""What does an answer leave out, and what should be known beside it?"""
from collections.abc import Iterable, Iterator

from kubectl_netpol.render.layout import Line, Page, paragraph
from kubectl_netpol.render.style import Role
from kubectl_netpol.render.words import sentence
from kubectl_netpol.reports import Gap


def gaps(those: Iterable[Gap], page: Page, *, first: str = "") -> Iterator[Line]:
    for gap in those:
        facts = {"verb": gap.verb, "resource": gap.resource, "where": f" in {gap.namespace}" if gap.namespace else "", "reason": gap.reason}
        yield from paragraph(sentence("gap", facts), page, first=first, indent="  ", role=Role.UNSURE)


def notes(those: Iterable[str], page: Page) -> Iterator[Line]:
    for note in those:
        yield from paragraph(sentence("note", {"text": note}), page, indent="  ")
