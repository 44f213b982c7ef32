"""What is told of an apply: before it, on the way, and after? Lines for people, on stderr."""
from collections.abc import Iterable, Iterator, Sequence

from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.core.order import Moment
from kubectl_netpol.core.owners import Holders, Owner
from kubectl_netpol.core.writes import By, Write
from kubectl_netpol.options import Scope
from kubectl_netpol.render.words import count, home_of, listed, named, object_name, object_names, sentence
from kubectl_netpol.snapshot import Key

_MOST = 6                                                       # workloads that a line names


def written_name(key: Key, home: str | None = None) -> str:
    return object_name(object_ref(key), home)


def names_of(writes: Sequence[Write], home: str | None = None) -> str:
    return listed([written_name(write.key, home) for write in writes])


def home_of_writes(writes: Iterable[Write]) -> str | None:
    return home_of(write.key.namespace for write in writes)


# ---- before


def question(writes: Sequence[Write], scope: Scope) -> str:
    """What is answered by yes: how much, and where."""
    cluster = sentence("apply-context", {"context": scope.context}) if scope.context else scope.server or ""
    namespaces = sorted({write.key.namespace or (write.key.name if write.key.kind == "Namespace" else "") for write in writes} - {""})
    where = sentence("apply-namespaces", {"namespaces": named("namespace", namespaces), "cluster": cluster}) if namespaces else cluster
    return sentence("apply-question", {"count": count(len(writes), "change"), "where": where})


def announced(held: Sequence[tuple[Write, Holders]], moments: Iterable[Moment]) -> Iterator[str]:
    """What should be known before the answer."""
    home = home_of_writes(write for write, _ in held)
    for write, holders in held:
        yield from _announced(write, holders, written_name(write.key, home))
    for moment in moments:
        workloads = listed(object_names(map(object_ref, moment.workloads), home), _MOST)
        yield sentence("apply-moment", {
            "first": written_name(moment.first, home), "last": written_name(moment.last, home),
            "direction": moment.direction.value.lower(), "workloads": workloads})


def _announced(write: Write, holders: Holders, name: str) -> Iterator[str]:
    if holders.people and write.after is not None:
        yield sentence("apply-taken-over", {"object": name, "managers": listed(holders.people)})
    for owner in holders.owners:
        yield sentence("apply-back-by-owner", {"object": name, "owner": owner_name(owner), "change": change_at_owner(owner)})
    if holders.is_applied and write.by is not By.FILE:
        yield sentence("apply-back-by-file" if write.after else "apply-back-by-file-deleted", {"object": name})


def owner_name(owner: Owner) -> str:
    return sentence(f"owner-{owner.kind.value}", _facts(owner))


def change_at_owner(owner: Owner) -> str:
    return sentence(f"change-{owner.kind.value}", _facts(owner))


def _facts(owner: Owner) -> dict[str, str]:
    return {"name": owner.name, "in-namespace": f" in namespace {owner.namespace}" if owner.namespace else ""}


# ---- on the way


def wrote(write: Write, writes: Sequence[Write], *, is_trial: bool) -> str:
    facts = {"object": written_name(write.key, home_of_writes(writes)), "verb": write.verb,
             "place": str(writes.index(write) + 1), "number": str(len(writes))}
    return sentence("apply-tried" if is_trial else "apply-wrote", facts)


def stopped(done: Sequence[Write], left: Sequence[Write], unsure: Sequence[Write]) -> Iterator[str]:
    """Where it ended early."""
    home = home_of_writes((*done, *left, *unsure))
    for code, writes in (("apply-done", done), ("apply-unsure", unsure), ("apply-left", left)):
        if writes:
            yield sentence(code, {"objects": names_of(writes, home)})
    if done or unsure:
        yield sentence("apply-again", {})
