"""What does a command hand back: the answer, and what only its process tells."""
from msgspec import Struct

from kubectl_netpol.reports import Report


class Outcome(Struct, frozen=True):
    report: Report
    status: int
    notes: tuple[str, ...] = ()                                 # for people, on stderr
