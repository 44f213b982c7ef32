"""Which of the objects in manifests are in the cluster, and as what? For objects of any kind."""
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.connection import Refused, Server
from kubectl_netpol.server.threads import threads

Document = dict[str, Any]

_FORBIDDEN, _NOT_FOUND = 403, 404


class Found(Struct, frozen=True):
    manifest: Document                                          # in the namespace that it is meant for
    live: Document | None = None
    unread: str = ""                                            # why the live object may not be read: it is not taken for none


class _Resource(Struct, frozen=True):
    """meta/v1 APIResource."""

    name: str                                                   # the plural; with a slash that of a part: pods/status
    kind: str
    namespaced: bool


class _Resources(Struct, frozen=True):
    resources: tuple[_Resource, ...] | None = None


def found_live(manifests: Iterable[Document], default_namespace: str, server: Server) -> list[Found]:
    """In order. A NetpolError where the cluster has no such kind."""
    @cache
    def resources_of(api_version: str) -> dict[str, _Resource]:
        body = _got(f"/{_root(api_version)}", server)
        listed = msgspec.json.decode(body, type=_Resources).resources if body else ()
        return {each.kind: each for each in listed or () if "/" not in each.name}

    placed = [_placed(manifest, resources_of(manifest["apiVersion"]).get(manifest["kind"]), default_namespace) for manifest in manifests]
    with threads(server) as requests:
        return [*requests.map(lambda each: _found(each[0], each[1], server), placed)]


def _root(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


def _placed(manifest: Document, resource: _Resource | None, default_namespace: str) -> tuple[Document, str]:
    """With its namespace settled, and its path."""
    metadata = {**(manifest.get("metadata") or {})}
    if resource is None:
        raise NetpolError(f'no matches for kind "{manifest["kind"]}" in version "{manifest["apiVersion"]}"',
                          hint="apply its CustomResourceDefinition first, or leave the object out")
    if not metadata.get("name"):
        raise NetpolError("resource name may not be empty", hint="give it a name: what has none yet cannot be compared")
    home = (metadata.get("namespace") or default_namespace) if resource.namespaced else ""
    metadata = {**{key: value for key, value in metadata.items() if key != "namespace"}, **({"namespace": home} if home else {})}
    within = f"/namespaces/{quote(home)}" if home else ""
    return {**manifest, "metadata": metadata}, f"/{_root(manifest['apiVersion'])}{within}/{resource.name}/{quote(metadata['name'])}"


def _found(manifest: Document, path: str, server: Server) -> Found:
    try:
        body = _got(path, server)
    except Refused as refused:
        if refused.status != _FORBIDDEN:
            raise
        return Found(manifest, unread=refused.message)
    return Found(manifest, msgspec.json.decode(body) if body else None)


def _got(path: str, server: Server) -> bytes | None:
    try:
        return server.get(path)
    except Refused as refused:
        if refused.status != _NOT_FOUND:
            raise
        return None
