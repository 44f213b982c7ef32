"""explain deploy/NAME, pod/NAME, …: who may reach its pods, and whereto may they connect?"""
from collections.abc import Iterator, Sequence

from kubectl_netpol import reports
from kubectl_netpol.commands.explain.leaving import leaving
from kubectl_netpol.commands.explain.meanings import meanings_for
from kubectl_netpol.commands.explain.services import reported_admission
from kubectl_netpol.commands.explain.view import View
from kubectl_netpol.commands.reading import scope_of
from kubectl_netpol.core.admissions import admissions
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.ports import EVERY_PORT, PortRange, cut
from kubectl_netpol.core.rows import meant
from kubectl_netpol.core.spots import pods_of_target, spots_of_pods
from kubectl_netpol.core.states import State
from kubectl_netpol.core.targets import PortSpec, Target
from kubectl_netpol.options import Explain
from kubectl_netpol.snapshot import Key


def workload_report(target: Target, options: Explain, view: View) -> reports.WorkloadReport:
    state, home = view.state, target.namespace or ""
    pods = pods_of_target(target, state)
    key = Key(target.kind.value, home, target.name or "")
    own = [pod for place in bits(pods) for pod in state.cluster.classes[place] if key in (pod.key, pod.owner, pod.workload)]
    spots = [spot for place in bits(pods) for spot in _spots(place, target.ports, state)]
    return reports.WorkloadReport(
        scope=scope_of(options.scope), workload=reports.ObjectRef(key.kind, key.namespace, key.name),
        pods=sum(pod.replicas for pod in own), services=tuple(f"svc/{name}" for name in view.services_before(pods, home)),
        ingress=tuple(reported_admission(each, home, state) for each in admissions(spots, home, state)), egress=leaving(pods, home, state),
        rules=meanings_for(pods, view), findings=())


def _spots(place: int, ports: Sequence[PortSpec], state: State) -> Iterator[Spot]:
    """The ports that are asked for, else those that the rules name; a class that is not isolated, or without rules, as a whole."""
    if ports:
        yield from spots_of_pods(1 << place, ports, state)
        return
    judge = state.judge
    places = judge.rules.of[Direction.INGRESS].get(place, ()) if judge.rules.isolated[Direction.INGRESS].maybe >> place & 1 else ()
    rules = [judge.rules.every[Direction.INGRESS][each] for each in places]
    rulings = [judge.rulings.every[Direction.INGRESS][each] for each in judge.ruled(place, Direction.INGRESS)]
    entries = [*(rule.ports for rule in rules), *(ruling.ports for ruling in rulings if ruling.ports != EVERY_PORT or places)]
    named: list[PortRange] = [each for ports in entries for each, _ in meant(ports, judge.named(place))]
    for each in cut(named) or EVERY_PORT:
        yield Spot(each, place)
