"""suggest: which policies say what is wanted, what proves it, and what will they change?"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.changes import changes_between
from kubectl_netpol.commands.explain.findings import findings_aside
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.planning import Plan, mentioned, planned
from kubectl_netpol.commands.reading import at_plugin, permission, scope_of, snapshots_of, with_gaps
from kubectl_netpol.core.callers import newly_cut_off, said_by, said_ports
from kubectl_netpol.core.findings import newly_isolated
from kubectl_netpol.core.guesses import Stated
from kubectl_netpol.core.intents import format_intent
from kubectl_netpol.core.names import names_of
from kubectl_netpol.core.overlay import overlaid
from kubectl_netpol.core.proof import is_kept_in, proved, refused_by, unjudged_by
from kubectl_netpol.core.states import State, states_of
from kubectl_netpol.core.suggestions import Draft, policies_in
from kubectl_netpol.core.unread import hidden_of
from kubectl_netpol.core.verdicts import Verdict
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain, Suggest
from kubectl_netpol.render.words import listed, object_name, object_names, sentence, service_port
from kubectl_netpol.snapshot import Snapshot

if TYPE_CHECKING:
    from kubectl_netpol.server.connection import Server

_STATUS = {Verdict.DENIED.value: Exit.DENIED, Verdict.PARTIAL.value: Exit.UNSURE, Verdict.UNKNOWN.value: Exit.UNSURE}
_MOST = 6                                                       # workloads and flows that a comment names


def suggest(options: Suggest, server: Server | None = None) -> Outcome:
    read = snapshots_of(options, server)
    options = at_plugin(options, read)
    plan = planned(options.scope, options.change, read.supposed)
    after = overlaid(read.supposed, Snapshot(policies=policies_in(plan.drafts)))
    states = states_of((read.supposed, after), *mentioned(options.change))
    report = _report(options, plan, *states)
    found = {_STATUS.get(each.proved, Exit.OK) for each in report.intents}
    status = next((status for status in (Exit.UNSURE, Exit.DENIED) if status in found), Exit.OK)
    return with_gaps(Outcome(report, status, read.notes, found_in=states), read.base)


def _report(options: Suggest, plan: Plan, before: State, after: State) -> reports.Suggestion:
    look = Explain(scope=replace(options.scope, namespace=None))
    own = {("NetworkPolicy", *draft.key) for draft in plan.drafts}
    with findings_aside(after, look, also=newly_isolated(before, after)) as found:
        changes = changes_between(before, after)
        kept_out = _kept_out(before, after)
        findings = found().reported if own else ()
    return reports.Suggestion(
        scope=scope_of(options.scope),
        policies=tuple(msgspec.to_builtins(draft.policy) for draft in plan.drafts),
        comments=tuple(tuple(_comments(draft, (*_warnings(changes), *kept_out) if not number else (), _unproved([draft], after)))
                       for number, draft in enumerate(plan.drafts)),
        port_comments=tuple(draft.says for draft in plan.drafts),
        intents=tuple(_meaning(each, after, options.scope.pod_cidrs) for draft in plan.drafts for each in draft.stated),
        changes=changes,
        notes=(*(sentence(each.code, each.facts) for each in plan.remarks), *_of_plugin(plan, after), *_defeated(options, plan, after),
               *_kept_in(options, plan, after), *_unproved(plan.drafts, after), *_unjudged(options, plan, after)),
        findings=tuple(each for each in findings if (each.object.kind, each.object.namespace, each.object.name) in own
                       and each.id != "nothing-enforces"))


def _of_plugin(plan: Plan, after: State) -> Iterator[str]:
    """What the network plugin makes of all that is written: nothing, or something else than others."""
    profile = after.cluster.profile
    if plan.drafts and not profile.enforces:
        yield sentence("without-effect", {"plugin": profile.name})
    if profile.enforces and not profile.polices_egress and any("Egress" in _types(draft) for draft in plan.drafts):
        yield sentence("egress-without-effect", {"plugin": profile.name})
    if profile.sees_services and any(path.startswith("spec.egress") for draft in plan.drafts for path in draft.says):
        yield sentence("both-ports", {"plugin": profile.name})


def _types(draft: Draft) -> tuple[str, ...]:
    return (draft.policy.spec and draft.policy.spec.policy_types) or ()


def _defeated(options: Suggest, plan: Plan, after: State) -> Iterator[str]:
    """Where administrators refuse what is wanted, which no NetworkPolicy can change."""
    for each in _stated_in(plan.drafts):
        if proved(each, after, options.scope.pod_cidrs) is not Verdict.ALLOWED and (
                policies := refused_by(each, after, options.scope.pod_cidrs)):
            yield sentence("defeated", {"intent": format_intent(each.intent), "policies": listed(
                [object_name(object_ref(key), None) for key in policies], _MOST)})


def _kept_in(options: Suggest, plan: Plan, after: State) -> Iterator[str]:
    for each in _stated_in(plan.drafts):
        if not options.change.egress and is_kept_in(each, after, options.scope.pod_cidrs) and not refused_by(
                each, after, options.scope.pod_cidrs):
            yield sentence("kept-in", {"intent": format_intent(each.intent)})


def _unproved(drafts: Sequence[Draft], after: State) -> Iterator[str]:
    """What the proof could not look at."""
    for each in _stated_in(drafts):
        for source in each.intent.sources:
            for missing in hidden_of(source, each.home, after.snapshot)[:1]:
                yield sentence("unproved", {"intent": format_intent(each.intent), "permission": permission(missing)})


def _unjudged(options: Suggest, plan: Plan, after: State) -> Iterator[str]:
    """Where other engines may refuse what is wanted, or allowed it before."""
    for each in _stated_in(plan.drafts):
        if proved(each, after, options.scope.pod_cidrs) is Verdict.UNKNOWN and (
                policies := unjudged_by(each, after, options.scope.pod_cidrs)):
            yield sentence("unproved-here", {"intent": format_intent(each.intent), "policies": listed(
                [object_name(object_ref(key), None) for key in policies], _MOST)})


def _stated_in(drafts: Sequence[Draft]) -> Iterator[Stated]:
    return (each for draft in drafts for each in draft.stated)


def _meaning(stated: Stated, after: State, pod_cidrs: Sequence[str]) -> reports.IntentMeaning:
    evidence = sentence(stated.evidence.code, stated.evidence.facts) if stated.evidence else ""
    return reports.IntentMeaning(format_intent(stated.intent), stated.guessed, evidence, proved(stated, after, pod_cidrs).value)


# ---- comments above a policy


def _comments(draft: Draft, warnings: Iterable[str], unproved: Iterable[str]) -> Iterator[str]:
    """What can hurt comes first, above the first of the policies."""
    yield from warnings
    for each in draft.stated:
        code = "comment-guess" if each.guessed else "comment-intent"
        facts = {"intent": format_intent(each.intent)}
        if each.evidence:
            facts["evidence"] = sentence(each.evidence.code, each.evidence.facts)
        yield sentence(code, facts)
    yield from (sentence(remark.code, remark.facts) for remark in draft.remarks)
    yield from unproved


def _warnings(changes: reports.Changes) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        workloads = [each.workload for each in changes.isolated if each.direction == direction]
        if workloads:
            yield sentence("newly-isolated", {"direction": direction, "workloads": listed(object_names(workloads, None), _MOST)})
    stop = [f"{each.source} → {object_name(each.service, None)} {service_port(each.port)}" for each in changes.services if each.may_stop]
    if stop:
        yield f"{sentence('would-stop', {})} {listed(stop, _MOST)}"


def _kept_out(before: State, after: State) -> list[str]:
    """Who calls pods beside other pods, and could not any more."""
    calls = dict.fromkeys(
        f"{said_by(call.by, '')} → {names_of(call.called.workloads, '')} {said_ports(call)}" for call in newly_cut_off(before, after))
    return [f"{sentence('would-cut-off', {})} {listed(list(calls), _MOST)}"] if calls else []
