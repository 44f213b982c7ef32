"""Which names do the files of the command line hold?"""
from collections.abc import Sequence
from typing import Any

from kubectl_netpol.core.resolve import keys_of, namespaces_of
from kubectl_netpol.core.targets import TargetKind
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.inputs.documents import STDIN
from kubectl_netpol.inputs.files import read
from kubectl_netpol.snapshot import Snapshot


def namespaces(paths: Sequence[str], default: str | None) -> set[str]:
    return namespaces_of(_read(paths, default))


def names(kind: TargetKind, paths: Sequence[str], default: str | None) -> set[tuple[str, str]]:
    """Namespaces and names."""
    return set(keys_of(kind, _read(paths, default)))


def objects(kind: TargetKind, name: str | None, paths: Sequence[str], default: str | None) -> list[tuple[str, Any]]:
    """Each of that name, or of any, and its namespace."""
    snapshot = _read(paths, default)
    match kind:
        case TargetKind.SERVICE: found: dict[Any, Any] = snapshot.services
        case TargetKind.POD: found = snapshot.pods
        case _: found = {key[1:]: workload for key, workload in snapshot.workloads.items() if key[0] == kind.value}
    return [(key[0], each) for key, each in found.items() if name in (None, key[1])]


def _read(paths: Sequence[str], default: str | None) -> Snapshot:
    """Files that are wrong hold nothing. Stdin is not for us."""
    readable = [path for path in paths if path != STDIN]
    try:
        return read(readable, default).snapshot
    except NetpolError:
        return Snapshot()
