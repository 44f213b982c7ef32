"""Which objects are written to make a difference true? Those whose manifests are shown, each once."""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from kubectl_netpol import api, reports
from kubectl_netpol.api.engines import name_of
from kubectl_netpol.core.intents import format_intent
from kubectl_netpol.core.proof import is_kept_in, proved
from kubectl_netpol.core.states import State
from kubectl_netpol.core.suggestions import Draft
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.core.writes import By, Document, Write
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.render.words import sentence
from kubectl_netpol.snapshot import Key, Snapshot

Sides = Mapping[Key, tuple[Document | None, Document]]          # of -f: the live object and what apply makes of it


def file_writes(sides: Sides, said: Iterable[Document]) -> tuple[Write, ...]:
    """In the order of the files. said are their manifests, each with its namespace."""
    return tuple(
        Write(key, *sides[key], By.FILE, manifest) for manifest in said if (key := key_of(manifest)) in sides)


def key_of(document: Mapping[str, Any]) -> Key:
    metadata, kind = document["metadata"], name_of(document["apiVersion"].rpartition("/")[0], document["kind"])
    return Key(kind, metadata.get("namespace") or "", metadata["name"])


def policy_writes(
        base: Snapshot, suggested: Mapping[tuple[str, str], api.NetworkPolicy], gone: Iterable[tuple[str, str]]) -> tuple[Write, ...]:
    """What was suggested, and what is deleted."""
    changed = [Write(_policy(name), _document(base.policies.get(name)), _document(each), By.SUGGEST) for name, each in suggested.items()]
    return (*changed, *(Write(_policy(name), _document(base.policies[name]), None, By.DELETE) for name in gone))


def _policy(name: tuple[str, str]) -> Key:
    return Key("NetworkPolicy", *name)


def _document(policy: api.NetworkPolicy | None) -> Document | None:
    document: Document | None = msgspec.to_builtins(policy) if policy else None
    return document


_OF_HOLDERS = ("held-by-owner", "held-by-file")                 # told with more when it is applied


def remarks_of(drafts: Iterable[Draft], after: State, pod_cidrs: Sequence[str]) -> Iterator[str]:
    """What suggest prints beside its policies, and a difference does not show."""
    for draft in drafts:
        yield from (sentence(each.code, each.facts) for each in draft.remarks if each.code not in _OF_HOLDERS)
        for stated in draft.stated:
            facts = {"intent": format_intent(stated.intent)}
            if stated.guessed:
                yield sentence("guessed", facts)
            if (verdict := proved(stated, after, pod_cidrs)) not in (Verdict.ALLOWED, Verdict.NO_ENDPOINTS):
                yield sentence("kept-in" if is_kept_in(stated, after, pod_cidrs) else "not-proved", {**facts, "verdict": verdict.value})


def shown(writes: Sequence[Write], manifests: Iterable[reports.ManifestChange]) -> tuple[Write, ...]:
    """The writes whose manifests differ. A NetpolError where an object would be written twice."""
    differing = {Key(each.object.kind, each.object.namespace, each.object.name) for each in manifests}
    wanted = [write for write in writes if write.key in differing]
    keys = [write.key for write in wanted]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise NetpolError(f"{', '.join(map(str, twice))}: meant by several parts of the change",
                          hint="apply -f or --delete first, and suggest on what is there then")
    return tuple(wanted)
