"""By which labels does a policy select the pods of an object, today's and tomorrow's?"""
from msgspec import Struct, convert

from kubectl_netpol import api
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.endpoints import service_selector
from kubectl_netpol.core.resolve import named, pods_of_object
from kubectl_netpol.core.selectors import Selector, equalities, selector_of, selector_of_labels
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import Object, Target, TargetKind, format_source
from kubectl_netpol.errors import NetpolError

# written anew by a controller for each roll-out, revision, run or pod
GENERATED = frozenset({
    "pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash", "pod-template-generation",
    "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
    "controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index"})


class Subject(Struct, frozen=True):
    namespace: str
    selector: Selector
    dropped: tuple[str, ...] = ()                               # generated labels that were left out


def subject_of_object(thing: Object, home: str, state: State) -> Subject:
    """home is the namespace of an object without one."""
    namespace = named_home(thing, home, state)
    selector = _selector(thing.kind, namespace, thing.name, state)
    kept = tuple(each for each in selector.requirements if each.key not in GENERATED)
    if not kept:
        raise NetpolError(f"{format_source(thing)} has no labels of its own to select its pods by",
                          hint="give its pods a label, such as app.kubernetes.io/name")
    return Subject(namespace, Selector(kept), tuple(each.key for each in selector.requirements if each.key in GENERATED))


def named_home(thing: Object, home: str, state: State) -> str:
    return named(Target(thing.kind, thing.name, thing.namespace or home), None, state.snapshot)


def _selector(kind: TargetKind, namespace: str, name: str, state: State) -> Selector:
    if kind is TargetKind.SERVICE:
        selector = service_selector(state.snapshot.services[namespace, name])
        if selector is None:
            raise NetpolError(f"svc/{name} selects no pods, so no policy can be written for it",
                              hint="name what stands behind it: deploy/NAME, or the address")
        return selector
    workload = state.snapshot.workloads.get((kind.value, namespace, name))
    own = workload.spec.selector if isinstance(workload, api.Workload) and workload.spec and kind is not TargetKind.JOB else None
    if own and kind is TargetKind.REPLICATIONCONTROLLER:
        return Selector(tuple(sorted(equalities(own), key=lambda each: each.key)))
    if own:
        return selector_of(convert(own, api.LabelSelector))
    if kind is TargetKind.POD:
        return selector_of_labels(state.snapshot.pods[namespace, name].metadata.labels or {})
    return _labels_of_pods(pods_of_object(kind, namespace, name, state.cluster), state)


def _labels_of_pods(pods: int, state: State) -> Selector:
    """The labels that all of them have."""
    labels = [set(pod.labels.items()) for place in bits(pods) for pod in state.cluster.classes[place]]
    return Selector(tuple(equalities(dict(sorted(set.intersection(*labels)))))) if labels else Selector()
