"""Which policies leave a namespace just what its Services need? Default deny, each Service's clients, DNS."""
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.clients import dns_rules, leaving
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.endpoints import service_selector
from kubectl_netpol.core.guesses import Stated, guesses_of, untold_entries
from kubectl_netpol.core.policies import PodPeer
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.core.selectors import EVERYTHING, to_api
from kubectl_netpol.core.states import State
from kubectl_netpol.core.subjects import Subject, subject_of_object
from kubectl_netpol.core.suggestions import MANAGED_BY, US, Draft, drafts_of, free_name, recorded_for
from kubectl_netpol.core.targets import Anywhere, Cluster, Object, SameNamespace, Target, TargetKind
from kubectl_netpol.core.translation import SaidRule, pod_peer, ports_of
from kubectl_netpol.core.unread import has_pods_of
from kubectl_netpol.errors import NetpolError


def namespace_drafts(home: str, state: State) -> tuple[Draft, ...]:
    """Policies that isolate every pod of a namespace, then what opens it again."""
    stated, remarks = _stated(home, state)
    if not stated and not remarks and home not in state.cluster.by_namespace and has_pods_of(home, state.snapshot):
        raise NetpolError(f'namespace "{home}" has no pods and no Services', hint="policies are suggested for what is there")
    opened = drafts_of(stated, state)
    taken = {*state.snapshot.policies, *(draft.key for draft in opened)}
    denied = _default_deny(home, taken, remarks, state)
    return (*denied, *opened, _leaving(home, stated, {*taken, *(draft.key for draft in denied)}, state))


def _stated(home: str, state: State) -> tuple[list[Stated], list[Remark]]:
    stated, remarks = [], []
    for (namespace, name), service in sorted(state.snapshot.services.items()):
        if namespace != home or service_selector(service) is None:
            continue
        recorded = recorded_for(Target(TargetKind.SERVICE, name), home, state)
        if recorded:
            stated += [Stated(intent, home) for intent in recorded]
        elif naming := untold_entries(service, state):
            remarks.append(Remark("not-guessed", {"service": f"svc/{name}", "entry": naming[0]}))
        else:
            stated += guesses_of(service, state)
    return stated, remarks


def _default_deny(home: str, taken: set[tuple[str, str]], remarks: list[Remark], state: State) -> tuple[Draft, ...]:
    """None where a policy does that already."""
    wanted = {direction: () for direction in Direction}
    if any(key.namespace == home and (policy.pod_selector, policy.rules) == (EVERYTHING, wanted) for key, policy in state.policies.items()):
        return ()
    metadata = api.PolicyMetadata(free_name("default-deny-all", home, taken), home, {MANAGED_BY: US})
    spec = api.NetworkPolicySpec(to_api(EVERYTHING), tuple(direction.value for direction in Direction))
    return (Draft(api.NetworkPolicy(metadata, "networking.k8s.io/v1", "NetworkPolicy", spec), (), {}, tuple(remarks)),)


def _leaving(home: str, stated: list[Stated], taken: set[tuple[str, str]], state: State) -> Draft:
    """What the pods of the namespace need to dial: its own Services, and the cluster's DNS."""
    rules = []
    for each in stated:
        if any(isinstance(source, SameNamespace | Anywhere | Cluster) for source in each.intent.sources):
            thing = Object(each.intent.target.kind, each.intent.target.name or "", home)
            peer = pod_peer(PodPeer(subject_of_object(thing, home, state).selector))
            rules.append(SaidRule((peer,), ports_of(thing, each.intent.ports, state)))
    dns = dns_rules(state, home, state.cluster.by_namespace.get(home, 0))
    draft = leaving(Subject(home, EVERYTHING), "allow-dns-and-own-services", [*dns, *rules], taken, state)
    return replace(draft, remarks=() if dns else (Remark("no-dns"),))
