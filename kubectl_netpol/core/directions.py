"""Which side of a connection does a policy judge? Only this value differs; the rules of both directions have one meaning."""
from enum import Enum


class Direction(Enum):
    """As in policyTypes."""

    INGRESS = "Ingress"
    EGRESS = "Egress"

    __hash__ = object.__hash__                                  # of single members it is enough, and much faster than that of Enum
