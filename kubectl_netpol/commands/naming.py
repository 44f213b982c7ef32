"""How are objects of the core named in reports?"""
from msgspec import UNSET

from kubectl_netpol.core.rules import RuleRef
from kubectl_netpol.reports import ObjectRef, PolicyRef
from kubectl_netpol.snapshot import Key


def object_ref(key: Key) -> ObjectRef:
    return ObjectRef(key.kind, key.namespace, key.name)


def policy_ref(ref: RuleRef) -> PolicyRef:
    kind = UNSET if ref.policy.kind == "NetworkPolicy" else ref.policy.kind
    return PolicyRef(ref.policy.namespace, ref.policy.name, ref.direction.lower(), ref.rule + 1, kind)


def isolation_ref(policy: Key, direction: str) -> PolicyRef:
    return PolicyRef(policy.namespace, policy.name, direction.lower(), None)
