"""Which findings does an explanation show, and do they make it fail?"""
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.api import TIER_KINDS
from kubectl_netpol.aside import aside
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.pasting import PROGRAM, scope_words
from kubectl_netpol.commands.reading import Read, in_scope, scope_of
from kubectl_netpol.core.endpoints import selected_by
from kubectl_netpol.core.findings import Finding, Severity, findings_of, is_at_least
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.selectors import matches
from kubectl_netpol.core.states import State, state_of
from kubectl_netpol.errors import Exit
from kubectl_netpol.inputs.lines import line_of
from kubectl_netpol.options import Explain, Options, Scope
from kubectl_netpol.render.words import SENTENCES, sentence
from kubectl_netpol.snapshot import Key

_MANY = 300                                                     # policies: their findings take as long as it does to copy a process


class Found(Struct, frozen=True):
    reported: tuple[reports.Finding, ...] = ()
    status: int = Exit.OK


def findings_in(
        state: State, options: Explain, services: set[tuple[str, str]] | None = None, *, also: Iterable[Finding] = ()) -> Found:
    """Those of what is looked at: of a namespace, and of some Services and the policies of their pods, if there is a choice of them.
    also: what is found beside those of the state itself."""
    found = _concerned(findings_of(state, also=also), state, options, services)
    if options.severity is not None:
        found = tuple(each for each in found if is_at_least(each.severity, Severity(options.severity.value)))
    fails = options.fail_on is not None and any(is_at_least(each.severity, Severity(options.fail_on.value)) for each in found)
    return Found(reported(found, options), Exit.DENIED if fails else Exit.OK)


def explain_findings(options: Explain, read: Read) -> Outcome:
    """Of all that is looked at, and nothing else."""
    state = state_of(read.supposed)
    found = findings_in(state, options)
    return Outcome(reports.FindingList(scope=scope_of(options.scope), findings=found.reported), found.status, read.notes, found_in=(state,))


def only_findings(outcome: Outcome) -> Outcome:
    """Of an explanation of some objects."""
    report = outcome.report
    parts = report.reports if isinstance(report, reports.ReportList) else (report,)
    found = dict.fromkeys(finding for part in parts for finding in getattr(part, "findings", ()))
    return replace(outcome, report=reports.FindingList(scope=report.scope, findings=tuple(found)))


def findings_aside(
        state: State, options: Explain, services: set[tuple[str, str]] | None = None, *,
        also: Iterable[Finding] = ()) -> AbstractContextManager[Callable[[], Found]]:
    """How to get them: of many policies they are worked out while other things are."""
    return aside(lambda: findings_in(state, options, services, also=also), Found, is_long=len(state.policies) >= _MANY)


def _concerned(
        findings: Iterable[Finding], state: State, options: Options, services: set[tuple[str, str]] | None = None) -> tuple[Finding, ...]:
    names_targets = isinstance(options, Explain) and bool(options.targets)      # these may be in other namespaces than -n
    within = [each for each in findings if names_targets or _is_in(options.scope, each.object, state)]
    if services is None and options.scope.selector is not None:
        services = {name for name, service in state.snapshot.services.items()
                    if matches(options.scope.selector, service.metadata.labels or {})}
    if services is None:
        return tuple(within)
    pods = 0
    for name in services & state.snapshot.services.keys():
        pods |= selected_by(state.snapshot.services[name], state.cluster)
    return tuple(each for each in within if _concerns(each, services, pods, state))


def _is_in(scope: Scope, thing: Key, state: State) -> bool:
    """Policies of administrators are in no namespace: they are looked at where they speak of pods of it."""
    if scope.namespace is None or thing.kind not in TIER_KINDS:
        return in_scope(scope, thing.namespace)
    return _speaks_of(thing, state.cluster.by_namespace.get(scope.namespace, 0), state)


def _speaks_of(policy: Key, pods: int, state: State) -> bool:
    return any(ruling.subject.maybe & pods for rulings in state.judge.rulings.every.values() for ruling in rulings
               if ruling.policy.key == policy)


def _concerns(finding: Finding, services: set[tuple[str, str]], pods: int, state: State) -> bool:
    if finding.object.kind == "Service":
        return (finding.object.namespace, finding.object.name) in services
    if finding.object.kind in TIER_KINDS:
        return _speaks_of(finding.object, pods, state)
    return bool(subject_of(state.policies[finding.object], state.cluster) & pods)


# ---- as they are reported


def reported(findings: Sequence[Finding], options: Options) -> tuple[reports.Finding, ...]:
    """With the line in the file, and a whole command or a sentence that mends."""
    return tuple(
        reports.Finding(
            id=each.id, severity=each.severity.value, object=object_ref(each.object), path=each.path,
            file=each.origin.path if each.origin else None, line=line_of(each.origin, each.path) if each.origin else None,
            message=sentence(_code("finding", each), each.facts), fix=_fix(each, options))
        for each in findings)


def _code(kind: str, finding: Finding) -> str:
    return "-".join(filter(None, (kind, finding.id, finding.variant)))


def _fix(finding: Finding, options: Options) -> reports.Fix:
    argv = (*PROGRAM, *finding.command, *scope_words(options.scope, finding.object.namespace)) if finding.command else ()
    mend = _code("mend", finding)
    return reports.Fix(argv, sentence(mend, finding.facts) if mend in SENTENCES else "")
