"""Who calls pods beside other pods, and which of these calls does a policy keep out?"""
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_netpol.core.callers import callers_of, cut_off, newly_cut_off, said_by, said_ports
from kubectl_netpol.core.findings.callers import caller_cut_off
from kubectl_netpol.core.scraping import scraper_sources
from kubectl_netpol.core.targets import format_source
from kubectl_netpol.inputs.files import read
from tests.e2e_cases import (
    Document,
    block,
    manifest,
    namespace,
    netpol,
    ns_is,
    numbered,
    only,
    pod,
    pod_is,
    service,
    slices,
    template,
    where,
)
from tests.server.memory import Memory, ask, without
from tests.snapshots import state, two_states


def kept_out(*documents: Document) -> set[tuple[str, str]]:
    """The object that wants a call, and the pod port."""
    return {(said_by(call.by, "x"), said_ports(call)) for call in cut_off(state(*documents))}


def annotated(document: Document, **annotations: str) -> Document:
    said = {f"prometheus.io/{name}": value for name, value in annotations.items()}
    return {**document, "metadata": {**document["metadata"], "annotations": said}}


def cluster_scoped(version: str, kind: str, name: str, **fields: Any) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **fields}


def ref(name: str = "hook", **more: Any) -> Document:
    return {"clientConfig": {"service": {"namespace": "x", "name": name, **more}}}


# ---- the API server


def validating(*webhooks: Document) -> Document:
    return cluster_scoped("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "checks", webhooks=[*webhooks])


def mutating(*webhooks: Document) -> Document:
    return cluster_scoped("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "changes", webhooks=[*webhooks])


def api_service(**spec: Any) -> Document:
    return cluster_scoped("apiregistration.k8s.io/v1", "APIService", "v1.things", spec=spec)


def definition(**conversion: Any) -> Document:
    return cluster_scoped("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.io", spec={"conversion": conversion})


HOOK = [namespace("x"), namespace("y"), pod("x/hook", "app=hook", ip="10.1.0.1"),
        service("x/hook", "app=hook", {"port": 443, "targetPort": 9443}, {"port": 8443, "targetPort": 8443})]
CLOSED = netpol("x", {}, "I", ingress=[])
CUT = {("validatingwebhookconfiguration/checks", "9443")}


@pytest.mark.parametrize(("wants", "expected"), [
    (validating(ref()), CUT),
    (validating(ref(port=8443)), {("validatingwebhookconfiguration/checks", "8443")}),
    (validating(ref(port=9443)), set()),                        # a Service has no such port, whatever its pods listen on
    (validating(ref(), ref()), CUT),                            # once
    (validating(ref(), ref(port=8443)), {*CUT, ("validatingwebhookconfiguration/checks", "8443")}),
    (validating({"clientConfig": {"url": "https://hook.x.svc"}}), set()),
    (validating({}), set()),
    (validating(ref("gone")), set()),
    (mutating(ref()), {("mutatingwebhookconfiguration/changes", "9443")}),
    (api_service(service={"namespace": "x", "name": "hook"}), {("apiservice/v1.things", "9443")}),
    (api_service(service={"namespace": "x", "name": "hook", "port": 8443}), {("apiservice/v1.things", "8443")}),
    (api_service(group="things"), set()),                       # "handled locally on this server"
    (definition(strategy="Webhook", webhook=ref()), {("customresourcedefinition/things.io", "9443")}),
    (definition(strategy="None", webhook=ref()), set()),
    (definition(strategy="Webhook", webhook={}), set()),
    (definition(), set())])
def test_objects_have_the_api_server_call_a_service(wants: Document, expected: set[tuple[str, str]]) -> None:
    assert kept_out(*HOOK, CLOSED, wants) == expected
    assert kept_out(*HOOK, wants) == set()                      # not isolated


def opened(*rules: Document, types: str = "I") -> Document:
    return netpol("x", {}, types, ingress=[*rules])


NODE: Document = {
    "apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "labels": {"node-role.kubernetes.io/control-plane": ""}},
    "status": {"addresses": [{"type": "InternalIP", "address": "172.16.0.1"}, {"type": "Hostname", "address": "one"}]}}
WORKER = {**NODE, "metadata": {"name": "two"}}
AGENT = pod("y/agent", "k8s-app=konnectivity-agent", ip="10.1.0.9")
PORTS: Document = {"ports": [{"port": 9443}]}


@pytest.mark.parametrize(("policy", "others", "is_cut"), [
    pytest.param(opened({}), [], False, id="open"),
    pytest.param(opened(PORTS), [], False, id="open to all on the port of the pods"),
    pytest.param(opened({"ports": [{"port": 443}]}), [], True, id="on the port of the Service"),
    pytest.param(opened({"ports": [{"port": 9443, "protocol": "UDP"}]}), [], True, id="for another protocol"),
    pytest.param(opened({"from": [ns_is({})]}), [], True, id="to all pods: the address of a node is none"),
    pytest.param(opened({"from": block("10.0.0.0/8")}), [], False, id="to some addresses, which may be its own"),
    pytest.param(opened({"from": block("10.0.0.0/8")}), [NODE], True, id="to addresses that are surely others"),
    pytest.param(opened({"from": block("172.16.0.0/12")}), [NODE], False, id="to its own"),
    pytest.param(opened({"from": block("10.0.0.0/8")}), [WORKER], False, id="a node need not be of the control plane"),
    pytest.param(opened({"from": block("10.0.0.0/8")}), [slices("default/kubernetes", "172.16.0.1", port=6443)], True,
                 id="the endpoints of default/kubernetes tell its address"),
    pytest.param(opened({"from": block("10.0.0.0/8")}), [slices("y/kubernetes", "172.16.0.1", port=6443)], False, id="not others"),
    pytest.param(opened({"from": [ns_is({})]}), [AGENT], False, id="to the agent's pods"),
    pytest.param(opened({"from": [pod_is({})]}), [AGENT], True, id="not to the agent's pods"),
    pytest.param(opened(types="E"), [], False, id="egress"),
    pytest.param(netpol("x", only("app=other"), "I", ingress=[]), [], False, id="of other pods")])
def test_its_calls_come_from_an_address_or_through_an_agent(policy: Document, others: list[Document], is_cut: bool) -> None:
    assert kept_out(*HOOK, validating(ref()), policy, *others) == (CUT if is_cut else set())


@pytest.mark.parametrize(("documents", "expected"), [
    ([pod("x/hook", "app=hook", hostNetwork=True)], set()),     # its traffic is the node's
    ([template("Deployment", "x/hook", "app=hook")], CUT),
    ([template("Deployment", "x/hook", "app=hook", replicas=0)], set()),
    ([pod("x/hook", "app=hook", phase="Succeeded")], set()),
    ([pod("x/hook", "app=hook"), pod("x/other", "app=hook")], CUT)])
def test_pods_that_run_and_are_policed_are_kept_from_it(documents: list[Document], expected: set[tuple[str, str]]) -> None:
    assert kept_out(namespace("x"), HOOK[3], *documents, CLOSED, validating(ref())) == expected


def test_a_port_name_means_on_each_pod_what_it_declares() -> None:
    pods = [pod(f"x/{name}", "app=hook", ports=numbered(("tls", number))) for name, number in (("a", 9443), ("b", 10250))]
    served = service("x/hook", "app=hook", {"port": 443, "targetPort": "tls"})
    rule = opened({"ports": [{"port": 10250}]})
    assert kept_out(namespace("x"), *pods, served, rule, validating(ref())) == CUT


def test_endpoints_made_by_hand_are_called_too() -> None:
    documents = [*HOOK[:3], service("x/hook", "", {"port": 443}), slices("x/hook", "10.1.0.1", port=9443), CLOSED, validating(ref())]
    assert kept_out(*documents) == CUT


def test_the_api_server_speaks_tcp() -> None:
    both = service("x/hook", "app=hook", {"port": 443, "protocol": "UDP", "targetPort": 9000}, {"port": 443, "targetPort": 9443})
    assert kept_out(*HOOK[:3], both, CLOSED, validating(ref())) == CUT


# ---- what gathers metrics

SCRAPER = pod("y/prometheus", "app.kubernetes.io/name=prometheus", ip="10.1.0.8")
WEB = [namespace("x"), namespace("y"), SCRAPER, pod("x/web", "app=web", ip="10.1.0.1", ports=numbered(("metrics", 9090), ("http", 8080))),
       {**service("x/web", "app=web", {"name": "numbers", "port": 90, "targetPort": "metrics"}, {"name": "http", "port": 80}),
        "metadata": {"name": "web", "namespace": "x", "labels": {"team": "web"}}}]


def monitor(where: str, *endpoints: Document, **spec: Any) -> Document:
    home, name = where.split("/")
    return manifest("monitoring.coreos.com/v1", "ServiceMonitor", home, name, spec={
        "selector": only("team=web"), "endpoints": [*endpoints], **spec})


def pod_monitor(where: str, *endpoints: Document, **spec: Any) -> Document:
    home, name = where.split("/")
    return manifest("monitoring.coreos.com/v1", "PodMonitor", home, name, spec={
        "selector": only("app=web"), "podMetricsEndpoints": [*endpoints], **spec})


BY_NAME: Document = {"port": "numbers"}
SERVICE_MONITOR, POD_MONITOR = {("servicemonitor/m", "9090")}, {("podmonitor/m", "9090")}
ELSEWHERE = {("servicemonitor/m in namespace y", "9090")}


@pytest.mark.parametrize(("wants", "expected"), [
    (monitor("x/m", BY_NAME), SERVICE_MONITOR),
    (monitor("x/m", {"port": "metrics"}), set()),               # the name of a container's port is not that of the Service's
    (monitor("x/m", {"targetPort": 9090}), SERVICE_MONITOR),
    (monitor("x/m", {"targetPort": "metrics"}), SERVICE_MONITOR),
    (monitor("x/m", {"targetPort": 9091}), set()),              # no container declares it
    (monitor("x/m", {"targetPort": "numbers"}), set()),
    (monitor("x/m", BY_NAME, {"port": "http"}), {*SERVICE_MONITOR, ("servicemonitor/m", "80")}),
    (monitor("x/m", BY_NAME, selector=only("team=other")), set()),
    (monitor("x/m", BY_NAME, selector={}), SERVICE_MONITOR),
    (monitor("y/m", BY_NAME), set()),
    (monitor("y/m", BY_NAME, namespaceSelector={"any": True}), ELSEWHERE),
    (monitor("y/m", BY_NAME, namespaceSelector={"any": True}, selector={}), ELSEWHERE),
    (monitor("y/m", BY_NAME, namespaceSelector={"any": True}, selector=where("team", "In", "mail", "web")), ELSEWHERE),
    (monitor("y/m", BY_NAME, namespaceSelector={"matchNames": ["x", "z"]}), ELSEWHERE),
    (monitor("y/m", BY_NAME, namespaceSelector={"matchNames": []}), set()),
    (monitor("x/m", BY_NAME, namespaceSelector={"matchNames": ["y"]}), set()),
    (pod_monitor("x/m", {"port": "metrics"}), POD_MONITOR),
    (pod_monitor("x/m", {"port": "numbers"}), set()),
    (pod_monitor("x/m", {"portNumber": 9090}), POD_MONITOR),
    (pod_monitor("x/m", {"portNumber": 9091}), set()),
    (pod_monitor("x/m", {"targetPort": "metrics"}), POD_MONITOR),
    (pod_monitor("x/m", {"port": "metrics"}, selector=only("app=other")), set()),
    (pod_monitor("x/m", {"port": "metrics"}, selector={}), POD_MONITOR),
    (pod_monitor("y/m", {"port": "metrics"}), set()),
    (pod_monitor("y/m", {"port": "metrics"}, namespaceSelector={"any": True}), {("podmonitor/m in namespace y", "9090")}),
    (pod_monitor("y/m", {"port": "metrics"}, namespaceSelector={"matchNames": ["x"]}), {("podmonitor/m in namespace y", "9090")})])
def test_monitors_have_metrics_read_of_services_and_pods(wants: Document, expected: set[tuple[str, str]]) -> None:
    assert kept_out(*WEB, CLOSED, wants) == expected
    assert kept_out(*WEB[:2], *WEB[3:], CLOSED, wants) == set()         # nobody gathers metrics here, as far as is known
    assert kept_out(*WEB, wants) == set()


def test_a_service_monitor_reads_the_pods_behind_a_headless_service() -> None:
    headless = {**WEB[4], "spec": {**WEB[4]["spec"], "clusterIP": "None"}}
    assert kept_out(*WEB[:4], headless, CLOSED, monitor("x/m", BY_NAME)) == SERVICE_MONITOR


def test_a_pod_monitor_finds_the_port_of_a_sidecar() -> None:
    made = pod("x/web", "app=web", ports=[])
    sidecar = {"name": "side", "image": "nothing", "restartPolicy": "Always", "ports": numbered(("metrics", 9090))}
    made = {**made, "spec": {**made["spec"], "initContainers": [sidecar]}}
    assert kept_out(*WEB[:3], made, CLOSED, pod_monitor("x/m", {"port": "metrics"})) == POD_MONITOR


OTHER = pod("x/own", "app.kubernetes.io/name=vmagent", ip="10.1.0.7")


@pytest.mark.parametrize(("policy", "others", "is_cut"), [
    pytest.param(opened({"from": [ns_is(only("kubernetes.io/metadata.name=y"))]}), [], False, id="it may come in"),
    pytest.param(opened({"from": [ns_is({})], "ports": [{"port": 8080}]}), [], True, id="on another port"),
    pytest.param(opened({"from": block("10.1.0.8/32")}), [], False, id="by its address"),
    pytest.param(opened({"from": [pod_is({})]}), [], True, id="only pods of the namespace"),
    pytest.param(opened({"from": [pod_is({})]}), [OTHER], False, id="another one may come in")])
def test_one_that_gathers_metrics_must_come_in(policy: Document, others: list[Document], is_cut: bool) -> None:
    assert kept_out(*WEB, policy, monitor("x/m", BY_NAME), *others) == (SERVICE_MONITOR if is_cut else set())


@pytest.mark.parametrize(("labels", "is_known"), [
    ("app.kubernetes.io/name=prometheus", True), ("app.kubernetes.io/name=vmagent", True), ("app.kubernetes.io/name=grafana", False),
    ("app=prometheus", False), ("app=prometheus component=server", True), ("app=prometheus component=alertmanager", False),
    ("component=server", False)])
def test_it_is_known_by_its_labels(labels: str, is_known: bool) -> None:
    documents = [*WEB[:2], *WEB[3:], CLOSED, monitor("x/m", BY_NAME), pod("y/some", labels, ip="10.1.0.8")]
    assert kept_out(*documents) == (SERVICE_MONITOR if is_known else set())
    assert [format_source(each) for each in scraper_sources(state(*documents).cluster)] == (
        [f"ns/y:{labels.replace(' ', ',')}"] if is_known else [])


def test_it_may_be_on_the_network_of_a_node() -> None:
    scraper = pod("y/some", "app.kubernetes.io/name=prometheus", hostNetwork=True)
    assert kept_out(*WEB[:2], *WEB[3:], scraper, CLOSED, monitor("x/m", BY_NAME)) == set()


def test_it_always_reads_its_own_metrics() -> None:
    own = [service("y/own", "app.kubernetes.io/name=prometheus", {"name": "numbers", "port": 80}), netpol("y", {}, "I", ingress=[])]
    assert kept_out(*WEB[:3], *own, monitor("y/m", BY_NAME, selector={})) == set()


# ---- annotations


@pytest.mark.parametrize(("annotations", "policy", "expected"), [
    ({"scrape": "true", "port": "9090"}, CLOSED, {("prometheus.io/scrape on pod/web", "9090")}),
    ({"scrape": "true", "port": "9999"}, CLOSED, {("prometheus.io/scrape on pod/web", "9999")}),      # whatever is declared
    *(({"scrape": "true", "port": port}, CLOSED, {("prometheus.io/scrape on pod/web", "8080 or 9090")})
      for port in ("0", "65536", "\u0669", "9" * 5000)),
    ({"scrape": "false", "port": "9090"}, CLOSED, set()),
    ({"port": "9090"}, CLOSED, set()),
    ({"scrape": "true"}, CLOSED, {("prometheus.io/scrape on pod/web", "8080 or 9090")}),
    ({"scrape": "true"}, opened({"ports": [{"port": 9090}]}), set()),         # one of its ports will be that of the metrics
    ({"scrape": "true", "port": "http"}, CLOSED, {("prometheus.io/scrape on pod/web", "8080 or 9090")})])
def test_pods_are_annotated(annotations: dict[str, str], policy: Document, expected: set[tuple[str, str]]) -> None:
    assert kept_out(*WEB[:3], annotated(WEB[3], **annotations), policy) == expected


def test_metrics_are_read_by_tcp() -> None:
    both = pod("x/web", "app=web", ports=numbered(("names", 53, "UDP"), ("metrics", 9090)))
    assert kept_out(*WEB[:3], annotated(both, scrape="true"), CLOSED) == {("prometheus.io/scrape on pod/web", "9090")}


def test_templates_stand_for_their_pods() -> None:
    made = template("Deployment", "x/web", "app=web")
    made["spec"]["template"] = annotated(made["spec"]["template"], scrape="true", port="9090")
    assert kept_out(*WEB[:3], made, CLOSED) == {("prometheus.io/scrape on deploy/web", "9090")}


@pytest.mark.parametrize(("annotations", "expected"), [
    ({"scrape": "true", "port": "9090"}, {("prometheus.io/scrape on svc/web", "9090")}),
    ({"scrape": "true"}, {("prometheus.io/scrape on svc/web", "80 or 9090")}),
    ({"scrape": "no"}, set())])
def test_services_are_annotated(annotations: dict[str, str], expected: set[tuple[str, str]]) -> None:
    assert kept_out(*WEB[:4], annotated(WEB[4], **annotations), CLOSED) == expected


# ---- changes, and who calls a Service port


def test_a_change_keeps_out_who_could_come_in_before() -> None:
    before, after = two_states([*HOOK, validating(ref())], [*HOOK, validating(ref()), CLOSED])
    assert [said_by(call.by, "x") for call in newly_cut_off(before, after)] == ["validatingwebhookconfiguration/checks"]
    assert newly_cut_off(after, after) == ()


ADMIN_PORT = service("x/admin", "app=hook", {"port": 8443, "targetPort": 9443})
BY_HAND = [service("x/hook", "", {"port": 443}), slices("x/hook", "10.1.0.1", port=9443)]


@pytest.mark.parametrize(("documents", "command"), [
    ([*HOOK, validating(ref())], ("suggest", "svc/hook", "--allow", "443", "--from", "anywhere")),
    ([*WEB, monitor("x/m", BY_NAME)],
     ("suggest", "svc/web", "--allow", "90", "--from", "ns/y:app.kubernetes.io/name=prometheus")),
    ([*WEB, pod_monitor("x/m", {"port": "metrics"})], ()),      # through no Service
    ([*HOOK, ADMIN_PORT, validating(ref(), ref("admin", port=8443))], ()),      # through two
    ([*HOOK[:3], *BY_HAND, validating(ref())], ())])            # for which no policy can be suggested
def test_a_command_mends_what_comes_through_one_service(documents: list[Document], command: tuple[str, ...]) -> None:
    (found,) = caller_cut_off(state(*documents, CLOSED))
    assert found.command == command


def test_whoever_reaches_the_pods_of_a_service_port_calls_it() -> None:
    whole = state(*WEB, monitor("x/m", BY_NAME), pod_monitor("x/m", {"port": "metrics"}), *HOOK[2:], validating(ref()))
    found = {}
    for name in ("web", "hook"):
        wanted = whole.snapshot.services["x", name]
        for port in (wanted.spec and wanted.spec.ports) or ():
            found[name, port.port] = {said_by(call.by, "x") for call in callers_of(wanted, port, whole.cluster)}
    assert found == {("web", 90): {"servicemonitor/m", "podmonitor/m"}, ("web", 80): set(), ("hook", 8443): set(),
                     ("hook", 443): {"validatingwebhookconfiguration/checks"}}


# ---- as the program says it


def test_whoever_cannot_be_looked_for_everywhere_is_not_known() -> None:
    """One in the own namespace is seen, and not those that read the metrics."""
    documents = [*WEB, OTHER, CLOSED, monitor("x/m", BY_NAME)]
    assert "caller-cut-off" in {each["id"] for each in ask(Memory(documents), "explain")["findings"]}
    assert "caller-cut-off" not in {each["id"] for each in ask(Memory(documents, without("Pod y")), "explain")["findings"]}


def test_who_reads_metrics_in_the_own_namespace_is_guessed_already() -> None:
    documents = [*WEB[:2], *WEB[3:], OTHER, monitor("x/m", BY_NAME)]
    assert [each["text"] for each in ask(Memory(documents), "suggest", "svc/web")["intents"]] == [
        "allow 90 and 80 on svc/web from same-namespace"]


def test_of_definitions_neither_schemas_nor_documents_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "crd.yaml"
    schemas = [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}]
    whole = {**definition(strategy="Webhook", webhook=ref()), "spec": {"conversion": {"strategy": "None"}, "versions": schemas}}
    file.write_text(yaml.safe_dump_all([whole, HOOK[3]]), encoding="utf-8")
    found = read([str(file)], None, keep=None).snapshot
    assert [key.kind for key in found.beside] == ["CustomResourceDefinition"]
    assert [key.kind for key in found.documents] == ["Service"]
