"""Which objects are there? Those of the files that the command line names, and of the cluster unless the files are the whole."""
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from kubectl_netpol import cli
from kubectl_netpol.completion.line import Line, spelled
from kubectl_netpol.core.targets import TargetKind
from kubectl_netpol.options import CONNECTION, Scope

_LOOKED_AT = {*CONNECTION, "namespace", "all_namespaces", "offline", "filename"}


class Place(Struct, frozen=True):
    """Where names are looked up: what the command line looks at, and the namespace of the target that it names."""

    scope: Scope
    environ: Mapping[str, str]
    namespace: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return (*self.scope.offline, *self.scope.files)


def place_of(line: Line, environ: Mapping[str, str]) -> Place:
    """A NetpolError where the flags are wrong."""
    looked_at = [(flag, value) for flag, value in line.flags if flag.strip("-").replace("-", "_") in _LOOKED_AT]
    options = cli.parse(["explain", *(spelled(flag, value) for flag, value in looked_at)])
    assert not isinstance(options, str)
    return Place(options.scope, environ)


def home_of(place: Place) -> str:
    """The namespace of what is named without one; empty: all of them."""
    scope = place.scope
    if place.namespace or scope.namespace:
        return place.namespace or scope.namespace or ""
    if scope.all_namespaces or scope.offline:
        return ""
    from kubectl_netpol.completion import cluster
    return cluster.namespace_of(scope.connection, place.environ)


def namespaces(place: Place) -> list[str]:
    found = set[str]()
    if place.paths:
        from kubectl_netpol.completion import files
        found |= files.namespaces(place.paths, place.scope.namespace)
    if not place.scope.offline:
        from kubectl_netpol.completion import cluster
        found |= {name for _, name in cluster.names(TargetKind.NAMESPACE.value, "", place.scope.connection, place.environ)}
    return sorted(found)


def names(kind: TargetKind, namespace: str | None, place: Place) -> list[tuple[str, str]]:
    """Namespaces and names, in order."""
    within, found = namespace or home_of(place), set[tuple[str, str]]()
    if place.paths:
        from kubectl_netpol.completion import files
        found |= files.names(kind, place.paths, within or None)
    if not place.scope.offline:
        from kubectl_netpol.completion import cluster
        found |= set(cluster.names(kind.value, within, place.scope.connection, place.environ))
    return sorted(each for each in found if within in ("", each[0]))


def objects(kind: TargetKind, namespace: str | None, name: str | None, place: Place) -> list[Any]:
    """The api Structs of that name, or of any: in one namespace, or in each. What files hold is as if it were applied."""
    within, found = namespace or home_of(place), list[Any]()
    if place.paths:
        from kubectl_netpol.completion import files
        found = [each for home, each in files.objects(kind, name, place.paths, within or None) if within in ("", home)]
    if not found and not place.scope.offline:
        from kubectl_netpol.completion import cluster
        found = cluster.objects(kind.value, within, name, place.scope.connection, place.environ)
    return found
