"""How are both sides of objects written, where it is not kubectl that writes them? As kubectl does: a file for each, in two folders."""
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from kubectl_netpol.render.manifests import Dumper
from kubectl_netpol.server.differ import LIVE, MERGED

Document = dict[str, Any]

_MASK, _BEFORE, _AFTER = "***", "*** (before)", "*** (after)"   # kubectl pkg/cmd/diff/diff.go, "Constants for masking sensitive values"


def write(objects: Iterable[tuple[Document | None, Document]], folder: Path) -> None:
    """Each object as it is (None: it is new) and as it would be."""
    for side in (LIVE, MERGED):
        (folder / side).mkdir()
    for live, merged in objects:
        for side, document in zip((LIVE, MERGED), _masked(live, merged) if merged.get("kind") == "Secret" else (live, merged)):
            (folder / side / name_of(merged)).write_text(_text(document) if document else "", encoding="utf-8")


def name_of(document: Document) -> str:
    """kubectl's name of the file: networking.k8s.io.v1.NetworkPolicy.shop.web."""
    metadata = document["metadata"]
    version = document["apiVersion"].replace("/", ".")
    return f"{version}.{document['kind']}.{metadata.get('namespace', '')}.{metadata['name']}"


def _text(document: Document) -> str:
    """Keys in alphabetical order, without the fields' managers, as kubectl prints."""
    metadata = {key: value for key, value in document["metadata"].items() if key != "managedFields"}
    return str(yaml.dump({**document, "metadata": metadata}, Dumper=Dumper, width=Dumper.WIDTH, allow_unicode=True))


def _masked(live: Document | None, merged: Document) -> tuple[Document | None, Document]:
    """"If two values are different, an additional suffix will be added so they can be diff-ed." """
    before, after = ((each or {}).get("data") or {} for each in (live, merged))
    changed = {key for key in before if key in after and before[key] != after[key]}
    return (live and {**live, "data": {key: _BEFORE if key in changed else _MASK for key in before}},
            {**merged, "data": {key: _AFTER if key in changed else _MASK for key in after}})
