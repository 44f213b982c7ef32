"""What do the options ask for, as far as it matters for reading a cluster?"""
from kubectl_netpol.core.needs import Asked, Form
from kubectl_netpol.core.targets import Anywhere, Cluster, Outside, Source, TargetKind
from kubectl_netpol.options import By, Change, Diff, Explain, Options, Suggest
from kubectl_netpol.snapshot import Snapshot


def asked_of(options: Options, change: Snapshot, fallback: str) -> Asked:
    """change is what -f lays over the cluster, fallback the namespace of the context."""
    scope = options.scope
    match options:
        case Explain(targets=targets, sources=sources, destinations=destinations):
            ends = (*sources, *(each.source for each in destinations))
            is_map = options.by is not By.WORKLOAD
            return Asked(_form(options), scope.namespace, fallback, targets, ends, scope.deleted, change,
                         entries=is_map and not destinations, finds=is_map and not ends)
        case Suggest(change=wanted) | Diff(change=wanted):
            form = Form.EVERYTHING if _is_wide(options) else Form.CHANGE
            suggests = isinstance(options, Suggest) or options.is_suggestion or bool(wanted.targets or scope.selector)
            return Asked(
                form, scope.namespace, fallback, wanted.targets, _sources(wanted), scope.deleted, change,
                entries=suggests and not wanted.wishes, suggests=suggests or bool(wanted.wishes), finds=True)


def _form(options: Explain) -> Form:
    if options.by is By.WORKLOAD:
        return Form.EVERYTHING
    if not (options.sources or options.destinations):
        return Form.NAMESPACES
    # each pod is asked whether it lets in
    is_open = any(isinstance(each.source, Anywhere | Cluster) for each in options.destinations)
    kinds = {target.kind for target in options.targets}
    if is_open or not options.targets or kinds & {TargetKind.NETWORKPOLICY, TargetKind.NAMESPACE}:
        return Form.EVERYTHING if is_open or not set(map(type, options.sources)) <= {Outside} else Form.NAMESPACES
    return Form.QUESTION


def _is_wide(options: Suggest | Diff) -> bool:
    """What clients need is decided where they go."""
    return options.change.egress or (isinstance(options, Diff) and options.by is By.WORKLOAD)


def _sources(change: Change) -> tuple[Source, ...]:
    return tuple(source for wish in change.wishes for source in (*wish.sources, *(each.source for each in wish.destinations)))
