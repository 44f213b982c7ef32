"""Which workloads are isolated, and which are under no policy?"""
from collections.abc import Iterator, Sequence

from kubectl_netpol.render.layout import Line, Page, at_most, paragraph
from kubectl_netpol.render.style import Role
from kubectl_netpol.render.words import listed, object_names, sentence
from kubectl_netpol.reports import Isolation, ObjectRef


def isolated(those: Sequence[Isolation], page: Page, home: str | None, *, code: str = "isolated", first: str = "") -> Iterator[Line]:
    """A sentence for each direction."""
    for direction in ("ingress", "egress"):
        workloads = object_names((each.workload for each in those if each.direction == direction), home)
        if workloads:
            facts = {"direction": direction, "workloads": listed(workloads, at_most(10, page))}
            yield from paragraph(sentence(code, facts), page, first=first, indent="  ", role=Role.UNSURE)


def unprotected(workloads: Sequence[ObjectRef], page: Page, home: str | None) -> Iterator[Line]:
    if workloads:
        names = listed(object_names(workloads, home), at_most(10, page))
        yield from paragraph(sentence("under-no-policy", {"workloads": names}), page, indent="  ")
