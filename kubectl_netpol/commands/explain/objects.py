"""explain TYPE/NAME …: what is there to say of each object? One report, or a list of them."""
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.findings import findings_in
from kubectl_netpol.commands.explain.namespaces import namespace_report
from kubectl_netpol.commands.explain.policies import changes_without, policy_report
from kubectl_netpol.commands.explain.service import service_report
from kubectl_netpol.commands.explain.view import View
from kubectl_netpol.commands.explain.workloads import workload_report
from kubectl_netpol.commands.outcome import Outcome
from kubectl_netpol.commands.reading import Read, scope_of
from kubectl_netpol.core.states import state_of
from kubectl_netpol.core.targets import Target, TargetKind
from kubectl_netpol.errors import Exit
from kubectl_netpol.options import Explain, Least
from kubectl_netpol.render.words import sentence

_SEVERITIES = [each.value for each in Least]                   # the least first


def explain_objects(options: Explain, read: Read, targets: Sequence[Target]) -> Outcome:
    """A bare type means all of them, and is a list however many there are."""
    view = View(state_of(read.supposed))
    if len(targets) == 1 and options.targets[0].name is not None:
        return _single(options, read, targets[0], view)
    found = findings_in(view.state, options)
    each = [_report(target.kind)(target, options, view) for target in targets]
    whole = tuple(replace(report, findings=tuple(one for one in found.reported if _concerns(one, report))) for report in each)
    fails = any(_is_grave(one, options) for report in whole for one in report.findings)
    report = reports.ReportList(scope=scope_of(options.scope), reports=whole, notes=_none_there(options, targets))
    return Outcome(report, found.status if fails else Exit.OK, read.notes, found_in=(view.state,))


def _single(options: Explain, read: Read, target: Target, view: View) -> Outcome:
    report = _report(target.kind)(target, options, view)
    if target.kind is TargetKind.SERVICE:
        found = findings_in(view.state, options, {(target.namespace or "", target.name or "")})
        return Outcome(replace(report, findings=found.reported), found.status, read.notes, found_in=(view.state,))
    if isinstance(report, reports.PolicyReport):
        report = replace(report, without=changes_without(target, read))
    found = findings_in(view.state, options)
    own = tuple(each for each in found.reported if _concerns(each, report))
    status = found.status if any(_is_grave(each, options) for each in own) else Exit.OK
    return Outcome(replace(report, findings=own), status, read.notes, found_in=(view.state,))


def _report(kind: TargetKind) -> Callable[[Target, Explain, View], reports.ObjectReport]:
    match kind:
        case TargetKind.SERVICE:
            return service_report
        case TargetKind.NETWORKPOLICY:
            return policy_report
        case TargetKind.NAMESPACE:
            return namespace_report
        case _:
            return workload_report


def _concerns(finding: reports.Finding, report: reports.ObjectReport) -> bool:
    """Whether it is of the object, or of a policy that selects its pods."""
    thing = finding.object
    match report:
        case reports.NamespaceReport(namespace=namespace):
            return thing.namespace == namespace or (thing.kind, thing.name) == ("Namespace", namespace)
        case reports.PolicyReport(policy=policy):
            return thing == policy
        case reports.WorkloadReport(workload=own):
            return thing == own or _is_selecting(thing, report.rules)
        case reports.ServiceReport(service=service):
            own = reports.ObjectRef("Service", service.namespace, service.name)
            return thing == own or _is_selecting(thing, report.rules)


def _is_selecting(thing: reports.ObjectRef, rules: Sequence[reports.RuleMeaning]) -> bool:
    policies = ((each.policy.namespace, each.policy.name) for each in rules)
    return thing.kind == "NetworkPolicy" and (thing.namespace, thing.name) in policies


def _is_grave(finding: reports.Finding, options: Explain) -> bool:
    least = options.fail_on
    return least is not None and _SEVERITIES.index(finding.severity) >= _SEVERITIES.index(least.value)


def _none_there(options: Explain, targets: Sequence[Target]) -> tuple[str, ...]:
    """Of which type there is nothing at all; a name without an object has been an error before."""
    there = {target.kind for target in targets}
    kinds = dict.fromkeys(target.kind for target in options.targets if target.kind not in there)
    where = f" in ns/{options.scope.namespace}" if options.scope.namespace else ""
    return tuple(sentence("none-there", {"kind": kind.value, "where": where}) for kind in kinds)
