"""Which side of a connection does a policy judge? Only this value differs; the rules of both directions have one meaning."""
from enum import Enum


class Direction(Enum):
    """As in policyTypes."""

    INGRESS = "Ingress"
    EGRESS = "Egress"
