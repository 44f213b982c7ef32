"""explain netpol/NAME: what does this policy do, in words and in Service ports, and what would change without it?"""
from kubectl_netpol import reports
from kubectl_netpol.commands.changes import service_changes
from kubectl_netpol.commands.explain.meanings import meanings_of
from kubectl_netpol.commands.explain.view import View
from kubectl_netpol.commands.naming import object_ref
from kubectl_netpol.commands.reading import Read, scope_of
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.intents import INTENT
from kubectl_netpol.core.overlay import without
from kubectl_netpol.core.rules import subject_of
from kubectl_netpol.core.states import State, states_of
from kubectl_netpol.core.targets import Target
from kubectl_netpol.options import Explain
from kubectl_netpol.snapshot import Key


def policy_report(target: Target, options: Explain, view: View) -> reports.PolicyReport:
    state = view.state
    policy = state.policies[Key("NetworkPolicy", target.namespace or "", target.name or "")]
    selected = {pod.workload for place in bits(subject_of(policy, state.cluster)) for pod in state.cluster.classes[place]}
    return reports.PolicyReport(
        scope=scope_of(options.scope), policy=object_ref(policy.key), selects=tuple(map(object_ref, sorted(selected))),
        isolates=tuple(direction.lower() for direction in (each.value for each in Direction if each in policy.rules)),
        rules=meanings_of(policy, view), without=None, intents=intents_of(policy.key, state), findings=())


def intents_of(policy: Key, state: State) -> tuple[str, ...]:
    """What suggest recorded in the policy, one sentence a line."""
    annotations = state.snapshot.policies[policy.namespace, policy.name].metadata.annotations or {}
    return tuple(line.strip() for line in annotations.get(INTENT, "").splitlines() if line.strip())


def changes_without(target: Target, read: Read) -> tuple[reports.ServiceChange, ...]:
    return service_changes(*states_of((read.supposed, without(read.supposed, [(target.namespace or "", target.name or "")]))))
