"""Which policies answer what is wished for? What suggest prints and diff compares."""
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol.core.addresses import Addresses
from kubectl_netpol.core.arrivals import entries_at
from kubectl_netpol.core.clients import client_drafts, has_dns, with_dns
from kubectl_netpol.core.corrections import corrected
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.exposure import is_published
from kubectl_netpol.core.guesses import Stated, guesses_of, services_before, unprotected_services, untold_entries
from kubectl_netpol.core.intents import intent_of
from kubectl_netpol.core.namespaces import namespace_drafts
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.resolve import (
    checked_entry,
    checked_home,
    checked_source,
    ends_of,
    pods_of_object,
    refuse_hidden,
    source_of_entry,
    targets_in,
)
from kubectl_netpol.core.selectors import Selector
from kubectl_netpol.core.sources import addresses_in
from kubectl_netpol.core.states import State, state_of
from kubectl_netpol.core.suggestions import (
    Draft,
    draft_of,
    drafts_of,
    extended,
    kept_wishes,
    plain,
    recorded_for,
    recorded_intents,
)
from kubectl_netpol.core.targets import Block, Nodes, Object, Outside, Pods, Source, Target, TargetKind, format_source, format_target
from kubectl_netpol.errors import NetpolError
from kubectl_netpol.options import Change, Scope
from kubectl_netpol.snapshot import Key, Snapshot


class Plan(Struct, frozen=True):
    drafts: tuple[Draft, ...]
    remarks: tuple[Remark, ...] = ()                            # of the whole, beside those of each draft


def planned(scope: Scope, change: Change, snapshot: Snapshot) -> Plan:
    checked_home(scope.namespace, snapshot)
    sources = sources_of(change)
    for source in sources:
        checked_source(source, snapshot)
    state = state_of(snapshot, *mentioned(change))
    targets = _targets(scope, change, snapshot)
    _refuse_hidden(scope, targets, sources, snapshot)
    remarks: list[Remark] = []
    drafts: list[Draft] = []
    stated: list[Stated] = []
    for target in targets:
        match target.kind:
            case TargetKind.NETWORKPOLICY:
                drafts += _mended(target, change, state, remarks, scope)
            case TargetKind.NAMESPACE:
                drafts += _closed(target, change, state)
            case _:
                stated += _stated(target, change, state)
    if not change.targets and not change.wishes and scope.selector is None:
        stated += _unprotected(scope, state, remarks)
    drafts += [_over_held(draft, snapshot) for draft in drafts_of(stated, state, replacing=change.replace, pod_cidrs=scope.pod_cidrs)]
    if change.keep:
        drafts = [extended(draft, kept_wishes(draft, state), state, scope.pod_cidrs) for draft in drafts]
    if change.egress:
        drafts = list(_with_egress(drafts, change, state, remarks))
    remarks += (*_unmatched(stated, state), *_carried(stated, state))
    return Plan(tuple(drafts), tuple(remarks))


def sources_of(change: Change) -> list[Source]:
    return [source for wish in change.wishes for source in (*wish.sources, *(each.source for each in wish.destinations))]


def mentioned(change: Change) -> tuple[list[Selector], list[Addresses]]:
    """Selectors and blocks by which pods must be told apart."""
    sources = sources_of(change)
    return ([source.selector for source in sources if isinstance(source, Pods)],
            [addresses_in(source) for source in sources if isinstance(source, Block)])


def _refuse_hidden(scope: Scope, targets: Sequence[Target], sources: Sequence[Source], snapshot: Snapshot) -> None:
    """What is written must be known: objects by their labels, and all Services of a namespace that is to be closed."""
    for target in targets:
        if target.kind is TargetKind.NAMESPACE:
            refuse_hidden(Target(TargetKind.SERVICE, None, target.name), snapshot)
        else:
            refuse_hidden(target, snapshot)
    for source in sources:
        if isinstance(source, Object) and targets:
            refuse_hidden(Target(source.kind, source.name, source.namespace or targets[0].namespace), snapshot)
    if not targets and scope.namespace:
        refuse_hidden(Target(TargetKind.SERVICE, None, scope.namespace), snapshot)


def _targets(scope: Scope, change: Change, snapshot: Snapshot) -> list[Target]:
    if change.targets:
        found = [each for target in change.targets for each in targets_in(target, scope.namespace, snapshot, scope.selector)]
        if not found:
            raise NetpolError(f"there is no {format_target(change.targets[0])}", hint="look at what there is: kubectl netpol explain")
        return found
    if scope.selector is None:
        return []
    return list(targets_in(Target(TargetKind.SERVICE), scope.namespace, snapshot, scope.selector))


# ---- intents


def _stated(target: Target, change: Change, state: State) -> list[Stated]:
    """What is said of a target, else what is recorded, else guesses."""
    home, own = target.namespace or "", replace(target, namespace=None)
    if change.wishes:
        for source in (source for wish in change.wishes for source in wish.sources):
            checked_entry(source, home, state.snapshot)
        return [Stated(intent_of(own, wish), home) for wish in change.wishes]
    if target.ports:
        raise NetpolError(f"who may reach {format_target(target)}?", hint=f"say it: allow {own.ports[0].first} on svc/NAME from SOURCE")
    recorded = recorded_for(own, home, state)
    if recorded:
        return [Stated(intent, home) for intent in recorded]
    if target.kind is TargetKind.SERVICE:
        return list(guesses_of(state.snapshot.services[home, target.name or ""], state))
    services = services_before(pods_of_object(target.kind, home, target.name or "", state.cluster), state)
    if not services:
        raise NetpolError(f"{format_target(target)} stands behind no Service, so who should reach it cannot be told",
                          hint="state it: --allow PORT --from SOURCE")
    return [each for service in services for each in guesses_of(service, state)]


def _unprotected(scope: Scope, state: State, remarks: list[Remark]) -> list[Stated]:
    found: list[Stated] = []
    for service in unprotected_services(scope.namespace, state):
        if naming := untold_entries(service, state):
            remarks.append(Remark("not-guessed", {"service": f"svc/{service.metadata.name}", "entry": naming[0]}))
        else:
            found += guesses_of(service, state)
    return found


def _unmatched(stated: Sequence[Stated], state: State) -> Iterator[Remark]:
    for each in stated:
        for source in each.intent.sources:
            ends = ends_of(source, each.home, state.cluster)
            if isinstance(source, Nodes):
                yield Remark("nodes-change")
            if isinstance(source, Pods) and ends.is_whole and not ends.pods:
                yield Remark("matches-no-pod", {"source": format_source(source)})


def _carried(stated: Sequence[Stated], state: State) -> Iterator[Remark]:
    """Where clients outside do not come themselves: whose pods do."""
    for each in stated:
        service = state.snapshot.services.get((each.home, each.intent.target.name or ""))
        if Outside() not in each.intent.sources or each.intent.target.kind is not TargetKind.SERVICE or service is None:
            continue
        entries = [] if is_published(service) else list(dict.fromkeys(way.key for way in entries_at(service, None, state)))
        if entries:
            yield Remark("comes-by-entry", {"service": f"svc/{service.metadata.name}", "entries": ", ".join(map(str, entries)),
                                            "source": format_source(source_of_entry(entries[0]))})


# ---- policies


def _mended(target: Target, change: Change, state: State, remarks: list[Remark], scope: Scope) -> list[Draft]:
    """A policy written again from its recorded intents, or corrected."""
    if change.wishes:
        raise NetpolError(f"{format_target(target)} is a policy: nothing is allowed on it", hint="name a Service: svc/NAME --allow …")
    home, name = target.namespace or "", target.name or ""
    policy = state.snapshot.policies[home, name]
    intents = recorded_intents(policy)
    if intents:
        draft = draft_of(plain(policy.metadata), tuple(Stated(intent, home) for intent in intents), state, scope.pod_cidrs)
    else:
        draft = corrected(policy, state)
    if draft.policy.spec == policy.spec:
        remarks.append(Remark("nothing-to-mend", {"policy": f"netpol/{name}"}))
        return []
    return [replace(draft, remarks=(*draft.remarks, *_held_by(home, name, state.snapshot)))]


def _closed(target: Target, change: Change, state: State) -> tuple[Draft, ...]:
    """A namespace that is closed but for what its Services need."""
    if change.wishes:
        raise NetpolError(f"{format_target(target)} is closed as a whole: nothing is allowed on it",
                          hint=f"name a Service: svc/NAME -n {target.name} --allow …")
    return namespace_drafts(target.name or "", state)


def _over_held(draft: Draft, snapshot: Snapshot) -> Draft:
    """With what still holds the policy that the draft adds to."""
    there = snapshot.policies.get(draft.key)
    if there is None or there.spec == draft.policy.spec:
        return draft
    return replace(draft, remarks=(*draft.remarks, *_held_by(*draft.key, snapshot)))


def _held_by(home: str, name: str, snapshot: Snapshot) -> Iterator[Remark]:
    """What still holds the old policy, and would bring it back."""
    metadata = snapshot.policies[home, name].metadata
    manager = (metadata.labels or {}).get("app.kubernetes.io/managed-by")
    owners = [f"{each.get('kind')}/{each.get('name')}" for each in metadata.owner_references or ()]
    if owners or manager not in (None, "kubectl-netpol"):
        yield Remark("held-by-owner", {"owner": ", ".join(owners) or str(manager)})
    origin = snapshot.origins.get(Key("NetworkPolicy", home, name))
    if origin:
        yield Remark("held-by-file", {"file": origin.path})


def _with_egress(drafts: Sequence[Draft], change: Change, state: State, remarks: list[Remark]) -> Iterator[Draft]:
    """Each egress policy with DNS; for ingress, the egress of the clients beside it."""
    stated = [each for draft in drafts for each in draft.stated if each.intent.direction is Direction.INGRESS]
    clients = client_drafts(stated, drafts, state, isolate=change.isolate)
    if not clients and any(_has_pods(each, state) for each in stated):
        remarks.append(Remark("clients-are-open"))
    for draft in (*drafts, *clients):
        egress = draft.policy.spec and draft.policy.spec.egress is not None
        yield with_dns(draft, state) if egress else draft
        if egress and not has_dns(draft, state) and Remark("no-dns") not in remarks:
            remarks.append(Remark("no-dns"))


def _has_pods(stated: Stated, state: State) -> bool:
    ends = [ends_of(source, stated.home, state.cluster) for source in stated.intent.sources]
    return any(each.pods and not each.is_open_set for each in ends)
