"""A report of each kind, made by hand: the story of namespace gitlab."""
from kubectl_netpol.reports import (
    Access,
    Answer,
    AnswerList,
    AnswerPart,
    Backend,
    Changes,
    Connection,
    ConnectionChange,
    Connectivity,
    Difference,
    End,
    Finding,
    FindingChanges,
    FindingList,
    Fix,
    Gap,
    Group,
    IntentMeaning,
    Isolation,
    ManifestChange,
    NamespaceReport,
    ObjectRef,
    PodPorts,
    PolicyRef,
    PolicyReport,
    Port,
    PortAccess,
    ReportList,
    RuleMeaning,
    Scope,
    ServiceAccess,
    ServiceChange,
    ServiceMap,
    ServiceReport,
    ServiceVerdict,
    Step,
    Suggestion,
    Target,
    WorkloadReport,
)

SCOPE = Scope("prod", None, ("gitlab",), (), (), "generic", "0.1.0")
POLICY = ObjectRef("NetworkPolicy", "gitlab", "allow-from-all")
RULE = PolicyRef("gitlab", "allow-from-all", "ingress", 1)
ISOLATION = PolicyRef("gitlab", "allow-from-all", "ingress", None)
GITLAB = ObjectRef("StatefulSet", "gitlab", "gitlab")
REDIS = ObjectRef("StatefulSet", "gitlab", "redis")
WEB = ObjectRef("Deployment", "gitlab", "web")
SSH = Port("ssh", 10022, "TCP")


def port(name: str, number: int, pod_port: int, workload: ObjectRef, *access: Access, published: tuple[str, ...] = ()) -> PortAccess:
    return PortAccess(name, number, "TCP", str(pod_port), published, (Backend(pod_port, 2, 2, (workload,)),), access)


def service(name: str, *ports: PortAccess, kind: str = "ClusterIP", notes: tuple[str, ...] = ()) -> ServiceAccess:
    return ServiceAccess("gitlab", name, kind, ports, notes)


def from_same_namespace(policy: str) -> Access:
    return Access("same-namespace", "allowed", (PolicyRef("gitlab", policy, "ingress", 1),))


GITLAB_SERVICE = service(
    "gitlab",
    port("http", 80, 80, GITLAB, Access("anywhere", "allowed", (RULE,)), published=("192.168.1.10",)),
    port("ssh", 10022, 22, GITLAB, Access("anywhere", "denied", (ISOLATION,)), published=("192.168.1.10",)),
    kind="LoadBalancer")
SERVICES = (
    GITLAB_SERVICE,
    service("mail", kind="ExternalName", notes=("another name for mail.example.com",)),
    service("redis", port("", 6379, 6379, REDIS, from_same_namespace("allow-redis-within-same-namespace"),
                          Access("ns/shop", "unknown", (PolicyRef("gitlab", "allow-shop", "ingress", 1),)))),
)
FINDING = Finding(
    "service-port-in-policy", "error", POLICY, "spec.ingress[0].ports[1]", "policies/allow-from-all.yaml", 14,
    "10022 is the port of svc/gitlab, not of its pods, which listen on 22",
    Fix(("kubectl", "netpol", "diff", "netpol/allow-from-all", "-n", "gitlab"), ""))
REMARK = Finding("unnamed", "info", WEB, "", None, None, "no policy selects it", Fix((), "a policy that selects it"))
RULES = (
    RuleMeaning(ISOLATION, (), (), (), ""),
    RuleMeaning(RULE, ("anywhere",), ("80", "10022"), ("svc/gitlab:80 (http)",), "10022 opens nothing: no pod listens there"),
)
OPENS_SSH = ServiceChange("added", ObjectRef("Service", "gitlab", "gitlab"), SSH, "anywhere", "denied", "allowed")
CLOSES_REDIS = ServiceChange("removed", ObjectRef("Service", "gitlab", "redis"), Port("", 6379, "TCP"), "cluster", "allowed", "denied")
EVERY_PORT = tuple(PodPorts(protocol, 1, 65535) for protocol in ("TCP", "UDP", "SCTP"))
GROUPS = (Group("g1", (GITLAB,)), Group("g2", tuple(ObjectRef("Deployment", "gitlab", f"web-{number}") for number in range(4))))
OUTSIDE = End(cidrs=("0.0.0.0/0", "::/0"))

MAP = ServiceMap(scope=SCOPE, services=SERVICES, unprotected=(WEB,), findings=(FINDING, REMARK))
FINDINGS = FindingList(scope=SCOPE, findings=(FINDING, REMARK))
DENIED = Answer(
    scope=SCOPE, verdict="denied", ingress="denied", egress=None, source="anywhere",
    target=Target("svc/gitlab:ssh", "Service", "gitlab", "gitlab", SSH),
    steps=(
        Step(None, None, "note", "svc/gitlab sends 10022/TCP to pod port 22 of 2 pods (gitlab-0, gitlab-1)"),
        Step(POLICY, ISOLATION, "denied", "ingress of the pods is isolated by netpol/allow-from-all, and none of its rules admits 22"),
        Step(POLICY, RULE, "denied", "10022 is the Service's port; the pod port is 22"),
    ),
    parts=(), fix=Fix(("kubectl", "netpol", "suggest", "svc/gitlab", "--allow", "ssh", "--from", "anywhere", "-n", "gitlab"), ""),
    try_it=("nc", "-vz", "192.168.1.10", "10022"))
PARTIAL = Answer(
    scope=SCOPE, verdict="partial", ingress="partial", egress="allowed", source="ns/shop",
    target=Target("svc/gitlab:80", "Service", "gitlab", "gitlab", Port("http", 80, "TCP")), steps=(),
    parts=(AnswerPart("ns/shop:deploy/web", "pods gitlab-0, port 80", "allowed", "rule 1"),
           AnswerPart("ns/shop:deploy/job", "pods gitlab-0, port 80", "denied", "no rule admits it")),
    fix=None, try_it=(), notes=("gitlab-1 is not ready",))
KEEPS_HTTP = ServiceVerdict(ObjectRef("Service", "gitlab", "gitlab"), Port("http", 80, "TCP"), "anywhere", "allowed")
DIFFERENCE = Difference(
    scope=SCOPE, manifests=(ManifestChange("changed", POLICY, "--- live\n+++ merged\n@@ -7 +7 @@\n-  - port: 10022\n+  - port: 22\n"),),
    services=(OPENS_SSH, CLOSES_REDIS), unchanged=(KEEPS_HTTP,), isolated=(Isolation(REDIS, "ingress"),),
    findings=FindingChanges((), (FINDING,)), groups=(),
    connections=())
SUGGESTION = Suggestion(
    scope=SCOPE,
    policies=({
        "kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1",
        "spec": {
            "policyTypes": ["Ingress"],
            "podSelector": {"matchLabels": {"name": "gitlab", "build": "1e3", "canary": "on", "slot": "y"}},
            "ingress": [{"ports": [{"protocol": "TCP", "port": 22}, {"protocol": "TCP", "port": 80}]}]},
        "metadata": {
            "namespace": "gitlab", "name": "allow-from-all", "annotations": {"kubectl-netpol/intent": "allow 10022\nallow \u202e80"}},
    },),
    comments=(("10022 on svc/gitlab from anywhere", "", "nothing\nevil: true"),),
    port_comments=({"spec.ingress[0].ports[0]": "svc/gitlab:10022 (ssh)", "spec.ingress[0].ports[1]": "svc/gitlab:80 (http)"},),
    intents=(IntentMeaning("allow 10022 on svc/gitlab from anywhere", True, "it is published", "allowed"),
             IntentMeaning("allow 80 on svc/gitlab from ns/shop", False, "", "unknown")),
    changes=Changes((), (CLOSES_REDIS, OPENS_SSH), (KEEPS_HTTP,), (Isolation(REDIS, "ingress"),)),
    findings=(REMARK,), notes=("generated labels are left out",))
CONNECTIVITY = Connectivity(scope=SCOPE, groups=GROUPS, connections=(
    Connection(OUTSIDE, End(group="g1"), (PodPorts("TCP", 80),), (PodPorts("TCP", 30000, 30100),)),
    Connection(End(group="g2"), OUTSIDE, EVERY_PORT, ())))
POLICY_REPORT = PolicyReport(
    scope=SCOPE, policy=POLICY, selects=(GITLAB,), isolates=("ingress",), rules=RULES, without=(OPENS_SSH,),
    intents=("allow 10022 on svc/gitlab from anywhere",), findings=(FINDING,))
WORKLOAD_REPORT = WorkloadReport(
    scope=SCOPE, workload=GITLAB, pods=1, services=("svc/gitlab",), ingress=(Access("anywhere", "allowed", (RULE,)),),
    egress=(Access("anywhere", "allowed", ()),), rules=RULES, findings=())
EACH = (
    MAP, FINDINGS, DENIED, DIFFERENCE, SUGGESTION, CONNECTIVITY,
    AnswerList(scope=SCOPE, answers=(DENIED, PARTIAL)),
    ServiceReport(scope=SCOPE, service=GITLAB_SERVICE, steps=DENIED.steps, rules=RULES, findings=(FINDING,)),
    WORKLOAD_REPORT,
    POLICY_REPORT, ReportList(scope=SCOPE, reports=(POLICY_REPORT, WORKLOAD_REPORT), notes=("there is no Namespace",)),
    NamespaceReport(scope=SCOPE, namespace="gitlab", isolated=(Isolation(GITLAB, "ingress"),), unprotected=(WEB,), services=SERVICES,
                    leaves=(Access("anywhere", "allowed", ()),), findings=(), gaps=(Gap("list", "pods", "shop", "forbidden"),)),
    Difference(scope=SCOPE, manifests=(), services=(), unchanged=(), isolated=(), findings=FindingChanges((FINDING,), ()),
               groups=GROUPS, connections=(
        ConnectionChange("changed", OUTSIDE, End(group="g1"), (PodPorts("TCP", 80),), (), (), (PodPorts("TCP", 80),)),)),
)
