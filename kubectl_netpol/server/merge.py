"""What would kubectl apply make of a live object? The three-way merge, for where the server is not asked.

Sources: apimachinery pkg/util/strategicpatch, and the patch merge keys of the API's types.
"""
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubectl_netpol.core.owners import LAST_APPLIED
from kubectl_netpol.server.defaults import Document, defaulted

_Path = tuple[str, ...]
_Keys = tuple[str, ...]                                         # the fields that name an item of a list; the second where the first repeats

# patchMergeKey of the API's types. Where two ports of a Service share a number, kubectl confuses them (kubernetes#39188): the protocol,
# by which server-side apply tells them apart, is taken too.
_OF_SERVICES: dict[str, _Keys] = {"ports": ("port", "protocol")}
_OF_PODS: dict[str, _Keys] = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "volumes": ("name",),
    "imagePullSecrets": ("name",), "hostAliases": ("ip",), "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "ports": ("containerPort", "protocol"), "env": ("name",), "volumeMounts": ("mountPath",), "volumeDevices": ("devicePath",)}
_TEMPLATES: dict[str, _Path] = {
    "Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **{kind: ("spec", "template", "spec") for kind in (
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")}}
_WHOLE = (("spec", "strategy"), ("spec", "template", "spec", "volumes"))    # patchStrategy retainKeys: only the wanted fields stay
_BUILT_IN = ("v1", "apps/v1", "batch/v1", "networking.k8s.io/v1")   # lists of all other kinds are replaced whole


def applied(manifest: Document, live: Document | None) -> Document:
    """The object as it would be, with the defaults of the API. A field that was applied before and is gone from the manifest goes;
    what others added stays. The manifest names its namespace; live is of the same version, None where there is no such object."""
    if live is None:
        return defaulted(_without_null(manifest))
    previous = json.loads(_annotations(live).get(LAST_APPLIED) or "{}")
    # as kubectl's GetModifiedConfiguration: annotations are always there, and never the one that it writes itself
    own = {name: value for name, value in _annotations(manifest).items() if name != LAST_APPLIED}
    wanted = {**manifest, "metadata": {**manifest["metadata"], "annotations": own}}
    return defaulted(_Merge(manifest).of_maps(previous, wanted, live, ()))


def _annotations(document: Document) -> dict[str, Any]:
    return (document.get("metadata") or {}).get("annotations") or {}


class _Merge:
    """Of one kind: which lists are merged item by item depends on it."""

    def __init__(self, manifest: Document) -> None:
        self.kind = manifest.get("kind") if manifest.get("apiVersion") in _BUILT_IN else None

    def of_maps(self, previous: Mapping[str, Any], wanted: Mapping[str, Any], live: Mapping[str, Any], path: _Path) -> Document:
        found = {key: value for key, value in live.items() if key in wanted or (key not in previous and not self._is_whole(path))}
        for key, value in wanted.items():
            if value is None:
                found.pop(key, None)
            else:
                found[key] = self._of_values(previous.get(key), value, live.get(key), (*path, key))
        return found

    def _of_values(self, previous: Any, wanted: Any, live: Any, path: _Path) -> Any:
        if isinstance(wanted, dict) and isinstance(live, dict):
            return self.of_maps(previous if isinstance(previous, dict) else {}, wanted, live, path)
        keys = self._keys_at(path)
        if keys and isinstance(wanted, list) and isinstance(live, list):
            return self._of_lists(previous if isinstance(previous, list) else [], wanted, live, (keys, path))
        return _without_null(wanted)

    def _of_lists(self, previous: Sequence[Any], wanted: Sequence[Any], live: Sequence[Any], where: tuple[_Keys, _Path]) -> list[Any]:
        keys, path = where
        keys = keys if any(_repeats(each, keys[0]) for each in (previous, wanted, live)) else keys[:1]
        before, now, there = ({_name(item, keys): item for item in items} for items in (previous, wanted, live))
        merged = {name: self._of_values(before.get(name), item, there.get(name), path) for name, item in now.items()}
        others = [name for name in there if name not in now and name not in before]
        return [merged[name] if name in merged else there[name] for name in _in_order(others, list(merged), list(there))]

    def _keys_at(self, path: _Path) -> _Keys | None:
        if path == ("spec", "ports") and self.kind == "Service":
            return _OF_SERVICES[path[-1]]
        template = _TEMPLATES.get(self.kind or "")
        return _OF_PODS.get(path[-1]) if template and path[:len(template)] == template else None

    def _is_whole(self, path: _Path) -> bool:
        return self.kind in _TEMPLATES and path in _WHOLE


def _in_order(others: list[Any], wanted: list[Any], live: list[Any]) -> Iterator[Any]:
    """The wanted ones in their order; each other one before the first wanted one that it stands in front of now
    (strategicpatch: mergeSortedSlice)."""
    for name in wanted:
        while others and name in live and live.index(others[0]) < live.index(name):
            yield others.pop(0)
        yield name
    yield from others


def _repeats(items: Sequence[Any], key: str) -> bool:
    return len({_name(item, (key,)) for item in items}) < len(items)


def _name(item: Any, keys: _Keys) -> tuple[Any, ...]:
    """What names an item of a list; no protocol is TCP."""
    return tuple(item.get(key, "TCP" if key == "protocol" else None) if isinstance(item, dict) else item for key in keys)


def _without_null(value: Any) -> Any:
    """null in a manifest means: not there."""
    match value:
        case dict():
            return {key: _without_null(each) for key, each in value.items() if each is not None}
        case list():
            return [_without_null(each) for each in value]
    return value
