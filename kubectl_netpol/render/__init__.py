"""How is a report printed? A new format is one function and one line in FORMATS."""
from collections.abc import Callable, Iterator

from kubectl_netpol.render.layout import Page, painted
from kubectl_netpol.render.structured import json, yaml
from kubectl_netpol.render.style import PLAIN, Style, style_for
from kubectl_netpol.render.text import name, text, wide
from kubectl_netpol.render.text.changes import announced
from kubectl_netpol.reports import Report, Suggestion

__all__ = ["FORMATS", "PLAIN", "Style", "announcement", "render", "style_for"]

FORMATS: dict[str, Callable[[Report, Page], Iterator[str]]] = {
    "text": text,
    "wide": wide,
    "json": json,
    "yaml": yaml,
    "name": name,
}


def render(report: Report, output: str, style: Style, width: int, headers: bool) -> Iterator[str]:
    """The answer for stdout, in pieces that end with a newline; output is a key of FORMATS, width a number of columns."""
    return FORMATS[output](report, Page(style, width, headers))


def announcement(report: Report, style: Style, width: int) -> Iterator[str]:
    """What people should know beside an answer that is piped on, for stderr: what a suggestion will change. Else nothing."""
    if isinstance(report, Suggestion):
        page = Page(style, width, headers=False)
        yield from painted(announced(report, page), page)
