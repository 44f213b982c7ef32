"""Which findings does an explanation show, and do they make it fail?"""
from msgspec import Struct

from kubectl_netpol import reports
from kubectl_netpol.core.states import State
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain


class Found(Struct, frozen=True):
    reported: tuple[reports.Finding, ...] = ()
    status: int = Exit.OK


def findings_in(state: State, options: Explain, services: set[tuple[str, str]] | None = None) -> Found:
    return Found()
