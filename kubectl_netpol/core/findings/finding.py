"""What is a finding? One mistake, where it is written, why it is one, and what mends it: data, no sentences."""
from enum import Enum

from msgspec import Struct

from kubectl_netpol.snapshot import Key, Origin


class Severity(Enum):
    """The gravest first."""

    ERROR = "error"                                             # surely without effect, or blocks a Service's own port
    WARNING = "warning"                                         # probably not meant
    INFO = "info"                                               # worth knowing


class Finding(Struct, frozen=True, kw_only=True):
    id: str                                                     # the name of its function, with dashes
    severity: Severity
    object: Key
    path: str                                                   # in the object: spec.ingress[0].ports[1]; "" for the object
    facts: dict[str, str]                                       # what the sentences name
    variant: str = ""                                           # which of the sentences of this id
    command: tuple[str, ...] = ()                               # what mends it, after kubectl netpol; (): a person writes it
    origin: Origin | None = None                                # where the object stands
