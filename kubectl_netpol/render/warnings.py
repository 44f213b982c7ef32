"""What did the API server warn of? As kubectl prints it, for stderr."""
from collections.abc import Iterable, Iterator

from kubectl_netpol.render.layout import visible
from kubectl_netpol.render.style import Role, Style


def server_warnings(texts: Iterable[str], style: Style) -> Iterator[str]:
    """A line each: client-go rest/warnings.go, warningWriter."""
    for text in texts:
        yield f"{style.paint(Role.UNSURE, 'Warning:')} {visible(text)}\n"
