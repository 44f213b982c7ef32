"""What is written to make a plan true: one object at a time, from what it was when it was shown to what was shown for it."""
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_netpol import api
from kubectl_netpol.core.policies import policy_of
from kubectl_netpol.snapshot import Key

Document = dict[str, Any]

# what the server keeps in metadata
_OF_SERVER = ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion",
              "selfLink", "uid")


class By(Enum):
    """Who says what is written."""

    SUGGEST = "suggest"                                         # server-side apply
    FILE = "file"                                               # as kubectl apply -f
    DELETE = "delete"


class Write(Struct, frozen=True):
    key: Key
    before: Document | None                                     # as the server had it, with its resourceVersion; None: not there
    after: Document | None                                      # as it will be; None: deleted
    by: By
    said: Document | None = None                                # FILE: as the file has it, with its namespace

    @property
    def verb(self) -> str:
        """What becomes of the object: created, changed or deleted."""
        return "created" if self.before is None else "changed" if self.after is not None else "deleted"

    @property
    def undone(self) -> "Write":
        return Write(self.key, self.after, self.before, self.by)


def version_of(document: Mapping[str, Any] | None) -> str:
    """"" for what is not there. An object that was deleted and made again never has the same."""
    return document["metadata"].get("resourceVersion", "") if document else ""


def plain(document: Mapping[str, Any]) -> Document:
    """Without what the server keeps, so that it can be created or replaced."""
    metadata = {name: value for name, value in document["metadata"].items() if name not in _OF_SERVER}
    return {**{name: value for name, value in document.items() if name != "status"}, "metadata": metadata}


# ---- is it as planned?


def is_done(write: Write, live: Mapping[str, Any] | None) -> bool:
    """Whether the live object is what the write makes of it. Of other kinds than policies the server fills in more when they are
    created (addresses and ports of Services), and keeps values of Secrets to itself."""
    if write.after is None or live is None:
        return live is write.after
    if not all(_labels_in(field, write.after).items() <= _labels_in(field, live).items() for field in ("labels", "annotations")):
        return False
    if write.key.kind == "NetworkPolicy":
        return bool(_meaning(live) == _meaning(write.after))
    return write.before is None or write.key.kind == "Secret" or _content(write.after) == _content(live)


def _labels_in(field: str, document: Mapping[str, Any]) -> dict[str, str]:
    own: dict[str, str] = document["metadata"].get(field) or {}
    return {name: value for name, value in own.items() if not name.startswith("kubectl.kubernetes.io/")}


def _meaning(document: Mapping[str, Any]) -> Any:
    """With the API's defaults: a policy that is written without them is the same."""
    policy = policy_of(msgspec.convert(document, api.NetworkPolicy))
    return policy.pod_selector, policy.rules


def _content(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if name not in ("apiVersion", "kind", "metadata", "status")}
