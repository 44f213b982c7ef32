"""What does an answer leave out, and what should be known beside it?"""
from collections.abc import Iterable, Iterator

from kubectl_netpol.render.layout import Line, Page, paragraph
from kubectl_netpol.render.style import Role
from kubectl_netpol.render.words import right, sentence
from kubectl_netpol.reports import Gap

FORBIDDEN = "forbidden"                 # in the words of the API server


def gaps(those: Iterable[Gap], page: Page, *, first: str = "") -> Iterator[Line]:
    """Missing rights together, a line for each namespace and verb; what else kept something from being read with its reason."""
    alike: dict[tuple[str, str], list[str]] = {}
    for gap in those:
        if FORBIDDEN in gap.reason:
            alike.setdefault((gap.namespace, gap.verb), []).append(gap.resource)
        else:
            yield from paragraph(sentence("gap", {"what": right(gap.verb, gap.resource, gap.namespace), "reason": gap.reason}),
                                 page, first=first, indent="  ", role=Role.UNSURE)
    for (namespace, verb), resources in alike.items():
        facts = {"what": right(verb, ", ".join(dict.fromkeys(resources)), namespace)}
        yield from paragraph(sentence("gap-forbidden", facts), page, first=first, indent="  ", role=Role.UNSURE)


def notes(those: Iterable[str], page: Page) -> Iterator[Line]:
    for note in those:
        yield from paragraph(sentence("note", {"text": note}), page, indent="  ")
