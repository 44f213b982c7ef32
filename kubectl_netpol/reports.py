"""What does each command answer? The JSON kinds: ordered, self-contained, without bit sets and without a cluster.

Source is text of the grammar of sources (docs/semantics.md): what stands here can be typed after --from.
Verdicts are allowed, denied, partial, unknown, no-endpoints.
"""
from collections.abc import Iterator, Sequence
from typing import Any, overload

from msgspec import UNSET, Struct, UnsetType, field

API_VERSION = "kubectl-netpol/v1"


class Part(Struct, frozen=True, rename="camel"):
    """Base of all parts of a report."""


class ObjectRef(Part, frozen=True):
    kind: str                           # as the API writes it: Service, Deployment; NetworkPolicy.crd.antrea.io, where groups share it
    namespace: str
    name: str


class PolicyRef(Part, frozen=True):
    namespace: str
    name: str
    direction: str                      # ingress | egress
    rule: int | None                    # counted from 1; null: the policy as such, which isolates
    kind: str | UnsetType = UNSET       # of others: AdminNetworkPolicy, CiliumNetworkPolicy, …; without it a NetworkPolicy


class Port(Part, frozen=True):
    """A Service port."""

    name: str                           # "" for an unnamed one
    port: int
    protocol: str


class Target(Part, frozen=True):
    text: str                           # in the grammar of targets
    kind: str
    namespace: str
    name: str
    port: Port | None


class Fix(Part, frozen=True):
    argv: tuple[str, ...]               # a command of ours that shows the mended state; () if a person must write it
    patch: str                          # what to write, in words; "" when argv says it all


class Step(Part, frozen=True):
    object: ObjectRef | None
    rule: PolicyRef | None
    result: str                         # a verdict, or "note"
    why: str


class Gap(Part, frozen=True):
    verb: str
    resource: str
    namespace: str
    reason: str


class Scope(Part, frozen=True):
    context: str | None
    server: str | None
    namespaces: tuple[str, ...]         # () for all
    offline: tuple[str, ...]
    as_if: tuple[str, ...] = field(name="as-if")        # what -f and --delete add, as given
    cni: str
    version: str


class Finding(Part, frozen=True):
    id: str
    severity: str                       # error | warning | info
    object: ObjectRef
    path: str                           # in the object: spec.ingress[0].ports[1]; "" for the object
    file: str | None
    line: int | None
    message: str
    fix: Fix


class Report(Struct, frozen=True, rename="camel", tag_field="kind", kw_only=True):
    """Base of the JSON kinds; api_version first, then kind."""

    api_version: str = API_VERSION
    scope: Scope
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()         # what a person should know of this answer


# ---- explain


class Backend(Part, frozen=True):
    port: int                           # the pod port
    pods: int
    ready: int
    workloads: tuple[ObjectRef, ...]


class Access(Part, frozen=True):
    source: str
    verdict: str
    policies: tuple[PolicyRef, ...]     # the rules that admit; for denied: the policies that isolate; () where nothing isolates
    more: int | UnsetType = UNSET       # how many further ones there are, where these are the first of very many
    nobody_now: bool | UnsetType = UNSET                        # true where no pod is such a source, or destination, today


class PortAccess(Part, frozen=True):
    name: str
    port: int
    protocol: str
    target_port: str                    # as the Service writes it: a number or a name
    published: tuple[str, ...]          # addresses and node ports at which clients outside may dial it
    backends: tuple[Backend, ...]
    access: tuple[Access, ...]


class ServiceAccess(Part, frozen=True):
    namespace: str
    name: str
    type: str                           # ClusterIP, Headless, NodePort, LoadBalancer, ExternalName
    ports: tuple[PortAccess, ...]
    notes: tuple[str, ...]              # no selector, no pods, an external name, ...


class ServiceMap(Report, frozen=True, tag="ServiceMap", kw_only=True):
    services: tuple[ServiceAccess, ...]
    unprotected: tuple[ObjectRef, ...]  # workloads with pods that no policy isolates for ingress
    findings: tuple[Finding, ...]


class FindingList(Report, frozen=True, tag="FindingList", kw_only=True):
    """explain --only findings."""

    findings: tuple[Finding, ...]


class AnswerPart(Part, frozen=True):
    """One piece of a set that is treated differently from the rest."""

    source: str
    destination: str                    # pods and pod port
    verdict: str
    why: str


class Answer(Report, frozen=True, tag="Answer", kw_only=True):
    verdict: str
    ingress: str | None
    egress: str | None
    source: str
    target: Target
    steps: tuple[Step, ...]
    parts: tuple[AnswerPart, ...]
    fix: Fix | None                     # null when allowed
    try_it: tuple[str, ...]             # a command that tries it for real from that source


class AnswerList(Report, frozen=True, tag="AnswerList", kw_only=True):
    answers: tuple[Answer, ...]


class Group(Part, frozen=True):
    id: str
    workloads: tuple[ObjectRef, ...]


class End(Part, frozen=True):
    """One of both: a group of workloads, or addresses outside the cluster."""

    group: str | UnsetType = UNSET
    cidrs: tuple[str, ...] | UnsetType = UNSET


class PodPorts(Part, frozen=True, omit_defaults=True):
    protocol: str
    port: int
    end_port: int | None = None


class Connection(Part, frozen=True):
    source: End
    destination: End
    ports: tuple[PodPorts, ...]
    uncertain: tuple[PodPorts, ...]


class Flow(Struct, frozen=True):
    """Connections that differ in their source only."""

    sources: tuple[End, ...]
    destination: End
    ports: tuple[PodPorts, ...]
    uncertain: tuple[PodPorts, ...]


class Connections(Sequence[Connection]):
    """The connections of flows, one after the other: of a large cluster there are millions, made when they are looked at."""

    def __init__(self, flows: Sequence[Flow]) -> None:
        self.flows = flows

    def __len__(self) -> int:
        return sum(len(flow.sources) for flow in self.flows)

    def __iter__(self) -> Iterator[Connection]:
        return (Connection(source, flow.destination, flow.ports, flow.uncertain) for flow in self.flows for source in flow.sources)

    @overload
    def __getitem__(self, place: int) -> Connection: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Connection]: ...

    def __getitem__(self, place: int | slice) -> Connection | Sequence[Connection]:
        return tuple(self)[place]


class Connectivity(Report, frozen=True, tag="Connectivity", kw_only=True):
    groups: tuple[Group, ...]
    connections: Sequence[Connection]


def flows_of(connections: Sequence[Connection]) -> Sequence[Flow]:
    """The same connections, from alike sources at once."""
    if isinstance(connections, Connections):
        return connections.flows
    return [Flow((each.source,), each.destination, each.ports, each.uncertain) for each in connections]


class Isolation(Part, frozen=True):
    """A workload whose pods become, or are, isolated in a direction."""

    workload: ObjectRef
    direction: str


class ServiceChange(Part, frozen=True):
    change: str                         # added: denied, now allowed; removed: the reverse; changed: anything else
    service: ObjectRef
    port: Port
    source: str
    before: str
    after: str

    @property
    def may_stop(self) -> bool:
        """Whether some who are let in today would not be."""
        return self.before == "allowed" or (self.before, self.after) == ("partial", "denied")


class RuleMeaning(Part, frozen=True):
    """One rule of a policy, said in words and in Service ports."""

    policy: PolicyRef
    peers: tuple[str, ...]              # sources in the grammar
    ports: tuple[str, ...]              # as the rule writes them
    services: tuple[str, ...]           # svc/gitlab:80 (http): which Service ports it opens (ingress) or reaches (egress)
    effect: str                         # what it does, or why it does nothing


class ServiceReport(Report, frozen=True, tag="ServiceReport", kw_only=True):
    service: ServiceAccess
    steps: tuple[Step, ...]             # the way of each port
    rules: tuple[RuleMeaning, ...]      # of each policy that selects its pods
    findings: tuple[Finding, ...]


class WorkloadReport(Report, frozen=True, tag="WorkloadReport", kw_only=True):
    workload: ObjectRef
    pods: int
    services: tuple[str, ...]           # the Services in front of it
    ingress: tuple[Access, ...]
    egress: tuple[Access, ...]          # destinations in the grammar, with the ports of the rules
    rules: tuple[RuleMeaning, ...]
    findings: tuple[Finding, ...]


class PolicyReport(Report, frozen=True, tag="PolicyReport", kw_only=True):
    policy: ObjectRef
    selects: tuple[ObjectRef, ...]
    isolates: tuple[str, ...]           # ingress, egress
    rules: tuple[RuleMeaning, ...]
    without: tuple[ServiceChange, ...] | None   # what would change without it; null in lists, where it is not worked out
    intents: tuple[str, ...]
    findings: tuple[Finding, ...]


class NamespaceReport(Report, frozen=True, tag="NamespaceReport", kw_only=True):
    namespace: str
    isolated: tuple[Isolation, ...]
    unprotected: tuple[ObjectRef, ...]
    services: tuple[ServiceAccess, ...]
    leaves: tuple[Access, ...]          # destinations that its pods may reach, by rule
    findings: tuple[Finding, ...]


ObjectReport = ServiceReport | WorkloadReport | PolicyReport | NamespaceReport


class ReportList(Report, frozen=True, tag="ReportList", kw_only=True):
    """Of several objects, or of all of a type."""

    reports: tuple[ObjectReport, ...]


# ---- suggest and diff


class ManifestChange(Part, frozen=True):
    change: str                         # added | removed | changed
    object: ObjectRef
    diff: str                           # unified


class FindingChanges(Part, frozen=True):
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]


class ConnectionChange(Part, frozen=True):
    change: str
    source: End
    destination: End
    before: tuple[PodPorts, ...]
    after: tuple[PodPorts, ...]
    uncertain_before: tuple[PodPorts, ...]
    uncertain_after: tuple[PodPorts, ...]


class ServiceVerdict(Part, frozen=True):
    """A source whose verdict a change leaves as it is."""

    service: ObjectRef
    port: Port
    source: str
    verdict: str


class Changes(Part, frozen=True):
    """What Suggestion and Difference share."""

    manifests: tuple[ManifestChange, ...]
    services: tuple[ServiceChange, ...]
    unchanged: tuple[ServiceVerdict, ...]   # beside the changes: the other ports and sources of the same Services
    isolated: tuple[Isolation, ...]     # newly


class ExternalDiff(Part, frozen=True):
    """What the user's own KUBECTL_EXTERNAL_DIFF prints."""

    objects: tuple[ObjectRef, ...]
    text: str


class Difference(Report, frozen=True, tag="Difference", kw_only=True):
    manifests: tuple[ManifestChange, ...]
    services: tuple[ServiceChange, ...]
    unchanged: tuple[ServiceVerdict, ...]
    isolated: tuple[Isolation, ...]
    findings: FindingChanges
    groups: tuple[Group, ...]           # --by workload only, else ()
    connections: tuple[ConnectionChange, ...]
    external_diff: ExternalDiff | UnsetType = UNSET


class IntentMeaning(Part, frozen=True):
    text: str
    guessed: bool
    evidence: str                       # what in the cluster speaks for it; "" for a stated one
    proved: str                         # its verdict with the suggestion applied


class Suggestion(Report, frozen=True, tag="Suggestion", kw_only=True):
    policies: tuple[dict[str, Any], ...]     # whole NetworkPolicies
    comments: tuple[tuple[str, ...], ...]    # of each policy: lines that stand above it in YAML
    port_comments: tuple[dict[str, str], ...]  # of each policy: path of a port entry -> "svc/gitlab:10022 (ssh)"
    intents: tuple[IntentMeaning, ...]
    changes: Changes
    findings: tuple[Finding, ...]


KINDS = (
    ServiceMap, FindingList, ServiceReport, WorkloadReport, PolicyReport, NamespaceReport, ReportList, Answer, AnswerList, Connectivity,
    Difference,
    Suggestion)
