"""What does a command hand back: the answer, and what only its process tells."""
from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_netpol.reports import Report

if TYPE_CHECKING:
    from kubectl_netpol.core.states import State
    from kubectl_netpol.core.writes import Write


class Applying(Struct, frozen=True):
    """What would make a difference true."""

    writes: tuple[Write, ...]
    before: State
    after: State
    guessed: tuple[str, ...] = ()                               # intents that nobody stated
    remarks: tuple[str, ...] = ()                               # what the difference does not show of what is suggested


class Outcome(Struct, frozen=True):
    report: Report
    status: int
    notes: tuple[str, ...] = ()                                 # for people, on stderr
    applying: Applying | None = None                            # of a difference that is to be applied
    found_in: tuple[State, ...] = ()                            # kept as long as the outcome: to take a large cluster apart takes time
