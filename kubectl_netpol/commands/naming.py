"""How are objects of the core named in reports?"""
from msgspec import UNSET, UnsetType

from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.reports import ObjectRef, PolicyRef
from kubectl_netpol.snapshot import Key


def object_ref(key: Key) -> ObjectRef:
    return ObjectRef(key.kind, key.namespace, key.name)


def policy_ref(ref: RuleRef) -> PolicyRef:
    return PolicyRef(ref.policy.namespace, ref.policy.name, ref.direction.lower(), ref.rule + 1, _kind(ref.policy))


def isolation_ref(policy: Key, direction: str) -> PolicyRef:
    """A policy as such."""
    return PolicyRef(policy.namespace, policy.name, direction.lower(), None, _kind(policy))


def _kind(policy: Key) -> str | UnsetType:
    return UNSET if policy.kind == "NetworkPolicy" else policy.kind
