"""Do rules for the pods of a mesh open the port on which its connections arrive?"""
from collections.abc import Iterator

from kubectl_netpol.core.calls import TCP
from kubectl_netpol.core.classes import bits
from kubectl_netpol.core.directions import Direction
from kubectl_netpol.core.findings.finding import Finding, Severity
from kubectl_netpol.core.findings.places import names_of, rule_path
from kubectl_netpol.core.meshes import Mesh, arrives_at, members, workloads_in
from kubectl_netpol.core.ports import PortRange
from kubectl_netpol.core.rows import at, meant
from kubectl_netpol.core.rules import Rule
from kubectl_netpol.core.states import State
from kubectl_netpol.snapshot import Key


def mesh_port_closed(state: State) -> Iterator[Finding]:
    """Both ends are in a mesh, a rule opens the port of the pods, and none that of the mesh. Once for each policy and direction; egress
    rules without peers, or with blocks, are meant for what is outside."""
    for mesh in Mesh:
        pods = members(mesh, state.cluster)
        for direction in Direction if pods else ():
            told: set[Key] = set()
            for rule in state.judge.rules.every[direction]:
                refs = [ref for ref in rule.said_by if ref.policy not in told]
                if refs and (closed := _closed(mesh, pods, rule, state)):
                    told |= {ref.policy for ref in refs}
                    others, port = closed
                    yield from (Finding(
                        id="mesh-port-closed", severity=Severity.WARNING, object=ref.policy, path=f"{rule_path(ref)}.ports",
                        variant=direction.value.lower(),
                        facts={"mesh": mesh.value, "port": str(port), "others": names_of(
                            workloads_in(mesh, others, state.cluster), ref.policy.namespace)})
                        for ref in {each.policy: each for each in reversed(refs)}.values())


def _closed(mesh: Mesh, pods: int, rule: Rule, state: State) -> tuple[int, int] | None:
    """The pods at the other end that the rule lets through on a port of the pods, and no rule on that of the mesh; and this port."""
    is_ingress = rule.direction is Direction.INGRESS
    subject, peers = rule.subject & pods, rule.peers.pods.sure & pods
    if not subject or not peers or (rule.peers.addresses and not is_ingress):
        return None
    for place in bits(subject if is_ingress else peers):
        others = (peers if is_ingress else subject) & ~(0 if state.cluster.several >> place & 1 else 1 << place)
        row = state.judge.admitted(place) if is_ingress else state.judge.released(place)
        for ports, _ in meant(rule.ports, state.judge.named(place)):
            if number := arrives_at(mesh, place, ports, state.cluster):
                ((_, through),) = at(row, PortRange(TCP, number, number))
                if refused := others & ~through.maybe:
                    return (refused if is_ingress else 1 << place), number
    return None
