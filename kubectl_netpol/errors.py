"""What stops a command, said once: a message, a hint, an exit status."""
from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of explain and suggest; diff uses 0 no difference, 1 differences, 2 error, as kubectl diff does."""

    OK = 0
    DENIED = 1
    ERROR = 2
    UNSURE = 3


class NetpolError(Exception):
    """Bad input or an impossible wish: what and where in the message, what to do in the hint.

    The message is in lower case without a full stop; further lines are further problems of the same input.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotYet(NetpolError):
    """A wish of the agreed grammar that this version cannot answer yet."""
