"""How are objects called, so that the name can be typed?"""
from collections.abc import Iterable

from kubectl_netpol.core.targets import Target, TargetKind, format_target
from kubectl_netpol.snapshot import Key

_KINDS = {kind.value: kind for kind in TargetKind}


def name_of(key: Key, home: str) -> str:
    """As it can be typed: svc/gitlab, ns/shop:svc/web where its namespace is not home."""
    return format_target(Target(_KINDS[key.kind], key.name, None if key.namespace == home else key.namespace)) \
        if key.kind in _KINDS else f"{key.kind.lower()}/{key.name}"


def names_of(keys: Iterable[Key], home: str, most: int = 3) -> str:
    names = [name_of(key, home) for key in sorted(set(keys))]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
