"""Which pods are in a mesh, and on which port do its connections arrive?"""
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_netpol.core.findings import findings_of
from kubectl_netpol.core.meshes import Mesh, arrives_at, leaves_by_itself, members
from kubectl_netpol.core.ports import PortRange
from tests import program
from tests.e2e_cases import Document, namespace, netpol, numbered, only, pod, pod_is, service, template
from tests.server.memory import Memory, ask
from tests.snapshots import names, place, state

AMBIENT, LINKERD = Mesh.AMBIENT, Mesh.LINKERD
IN_MODE = namespace("x", "istio.io/dataplane-mode=ambient")
WEB = PortRange("TCP", 8080, 8080)
PROXY = numbered(("linkerd-proxy", 4143))
INJECTED = "app=web linkerd.io/control-plane-ns=linkerd"


def annotated(document: Document, **annotations: str) -> Document:
    """inject="enabled", skip_inbound_ports="25": those of Linkerd."""
    said = {("linkerd.io/" if name == "inject" else "config.linkerd.io/") + name.replace("_", "-"): value
            for name, value in annotations.items()}
    return {**document, "metadata": {**document["metadata"], "annotations": said}}


def templated(**annotations: str) -> Document:
    made = template("Deployment", "x/web", "app=web")
    made["spec"]["template"] = annotated(made["spec"]["template"], **annotations)
    return made


def sidecar(labels: str, ports: list[Document], **more: Any) -> Document:
    made = pod("x/web", labels, ports=[])
    return {**made, "spec": {**made["spec"], "initContainers": [{"name": "linkerd-proxy", "image": "nothing", "ports": ports, **more}]}}


@pytest.mark.parametrize(("mesh", "documents", "port"), [
    (AMBIENT, [IN_MODE, pod("x/web", "app=web")], 15008),
    (AMBIENT, [namespace("x", "istio.io/dataplane-mode=none"), pod("x/web", "app=web")], None),
    (AMBIENT, [namespace("x"), pod("x/web", "istio.io/dataplane-mode=ambient")], 15008),
    (AMBIENT, [IN_MODE, pod("x/web", "istio.io/dataplane-mode=none")], None),
    (AMBIENT, [IN_MODE, pod("x/web", "app=web security.istio.io/tlsMode=istio")], None),        # its sidecar comes first
    (AMBIENT, [IN_MODE, pod("x/web", "app=web", hostNetwork=True)], None),
    (AMBIENT, [IN_MODE, template("Deployment", "x/web", "app=web")], 15008),
    (AMBIENT, [namespace("x"), pod("x/web", INJECTED, ports=PROXY)], None),
    (LINKERD, [namespace("x"), pod("x/web", INJECTED, ports=PROXY)], 4143),
    (LINKERD, [namespace("x"), pod("x/web", INJECTED, ports=numbered(("linkerd-proxy", 4243)))], 4243),
    (LINKERD, [namespace("x"), sidecar(INJECTED, PROXY, restartPolicy="Always")], 4143),
    (LINKERD, [namespace("x"), sidecar(INJECTED, PROXY)], None),            # an init container that ends
    (LINKERD, [namespace("x"), pod("x/web", INJECTED, ports=numbered(("http", 4143)))], None),  # of the control plane, without a proxy
    (LINKERD, [annotated(namespace("x"), inject="enabled"), pod("x/web", "app=web")], None),    # from before the annotation
    (LINKERD, [namespace("x"), templated(inject="enabled")], 4143),
    (LINKERD, [namespace("x"), templated(inject="ingress")], 4143),
    (LINKERD, [namespace("x"), templated()], None),
    (LINKERD, [annotated(namespace("x"), inject="enabled"), templated()], 4143),
    (LINKERD, [annotated(namespace("x"), inject="enabled"), templated(inject="disabled")], None),
    (LINKERD, [namespace("x"), templated(inject="enabled", inbound_port="4243")], 4243),
    *((LINKERD, [namespace("x"), templated(inject="enabled", inbound_port=port)], 4143) for port in ("none", "0", "65536", "9" * 5000)),
    (LINKERD, [IN_MODE, pod("x/web", "app=web")], None)])
def test_labels_and_proxies_tell_who_is_in_a_mesh(mesh: Mesh, documents: list[Document], port: int | None) -> None:
    whole = state(*documents)
    assert arrives_at(mesh, place("web", whole), WEB, whole.cluster) == port
    assert names(members(mesh, whole.cluster), whole) == ({"web"} if port else set())


@pytest.mark.parametrize(("ports", "skipped", "is_taken"), [
    (WEB, "", True), (WEB, "25,443", True), (WEB, "8080", False), (WEB, "25, 8080", False), (WEB, "8000-8090", False),
    (WEB, "8081-8090", True), (WEB, "some,-", True), (WEB, "8000-80900", True), (WEB, "9" * 5000, True),
    (PortRange("TCP", 8080, 8100), "8080", True),
    (PortRange("UDP", 8080, 8080), "", False)])
def test_the_proxy_of_linkerd_leaves_some_ports_alone(ports: PortRange, skipped: str, is_taken: bool) -> None:
    server = annotated(pod("x/web", INJECTED, ports=PROXY), skip_inbound_ports=skipped)
    client = annotated(pod("y/client", INJECTED, ports=PROXY), skip_outbound_ports=skipped)
    whole = state(namespace("x"), namespace("y"), server, client)
    assert (arrives_at(LINKERD, place("web", whole), ports, whole.cluster) is not None) == is_taken
    if ports.protocol == "TCP":
        assert leaves_by_itself(LINKERD, 1 << place("client", whole), ports, whole.cluster) == (not is_taken)


def test_annotations_of_linkerd_are_nothing_to_the_ambient_mode() -> None:
    server, client = (
        annotated(pod(where, "app=web"), skip_inbound_ports="8080", skip_outbound_ports="8080") for where in ("x/web", "y/client"))
    whole = state(IN_MODE, namespace("y", "istio.io/dataplane-mode=ambient"), server, client)
    assert arrives_at(AMBIENT, place("web", whole), WEB, whole.cluster) == 15008
    assert not leaves_by_itself(AMBIENT, 1 << place("client", whole), WEB, whole.cluster)


def test_of_pods_that_are_alike_to_policies_one_may_be_a_member() -> None:
    plain = template("Deployment", "x/a-plain", "app=web")
    whole = state(namespace("x"), plain, templated(inject="enabled"))
    assert place("web", whole) == place("a-plain", whole)
    assert members(LINKERD, whole.cluster) == 1 << place("web", whole)
    (finding,) = findings_of(state(namespace("x"), plain, templated(inject="enabled"), template("Deployment", "x/b", "app=web"), opens(80)))
    assert (finding.id, finding.facts["others"]) == ("mesh-port-closed", "deploy/web")


# ---- what a question says

Said = tuple[str, str | None, str | None]                       # the verdict, of ingress, of egress
HERE = [IN_MODE, pod("x/web", "app=web", ip="10.1.0.1"), service("x/web", "app=web", {"port": 80, "targetPort": 8080}),
        pod("x/client", "app=client", ip="10.1.0.2")]
OUTSIDER = [namespace("y"), pod("y/client", "app=client", ip="10.1.0.3")]


def opens(*numbers: int, protocol: str = "TCP") -> Document:
    return netpol("x", only("app=web"), "I", ingress=[{"ports": [{"port": number, "protocol": protocol} for number in numbers]}])


def lets_out(*numbers: int) -> Document:
    return netpol("x", only("app=client"), "E", egress=[{"to": [pod_is(only("app=web"))], "ports": [{"port": each} for each in numbers]}])


UNSURE: Said = ("unknown", "unknown", "allowed")


@pytest.mark.parametrize(("policies", "source", "expected", "words"), [
    pytest.param([opens(8080, 15008)], "pod/client", ("allowed", "allowed", "allowed"), "where policies say the same", id="both open"),
    pytest.param([opens(9090)], "pod/client", ("denied", "denied", "allowed"), "where policies say the same", id="both closed"),
    pytest.param([opens(8080)], "pod/client", UNSURE, "there policies say denied", id="the mesh's port is closed"),
    pytest.param([opens(15008)], "pod/client", UNSURE, "there policies say allowed", id="that of the pods is closed"),
    pytest.param([], "pod/client", ("allowed", "allowed", "allowed"), "where policies say the same", id="no policy"),
    pytest.param([lets_out(8080)], "pod/client", ("unknown", "allowed", "unknown"), "there policies say denied", id="egress"),
    pytest.param([lets_out(8080, 15008)], "pod/client", ("allowed", "allowed", "allowed"), "where policies say the same",
                 id="egress of both"),
    pytest.param([opens(8080)], "same-namespace", UNSURE, "there policies say denied", id="a set of pods"),
    pytest.param([opens(8080)], "10.1.0.2", UNSURE, "there policies say denied", id="the address of a pod"),
    pytest.param([opens(8080)], "ns/y:pod/client", ("allowed", "allowed", "allowed"), "", id="no member"),
    pytest.param([opens(8080)], "anywhere", ("allowed", "allowed", None), "from pods of the mesh", id="anywhere: told beside the verdict"),
    pytest.param([opens(8080, 15008)], "anywhere", ("allowed", "allowed", None), "", id="nothing to tell"),
    pytest.param([opens(8080)], "outside", ("allowed", "allowed", None), "", id="no pod"),
    pytest.param([opens(8080)], "10.0.0.0/8", ("allowed", "allowed", None), "", id="a block, whose pods are not looked for")])
def test_a_question_is_certain_where_policies_say_the_same_of_both_ports(
        policies: list[Document], source: str, expected: Said, words: str) -> None:
    answer = ask(Memory([*HERE, *OUTSIDER, *policies], home="x"), "explain", "svc/web:80", "--from", source)
    told = [step["why"] for step in answer["steps"] if "of the mesh" in step["why"]]
    assert (answer["verdict"], answer["ingress"]) == expected[:2]
    assert source in ("anywhere", "outside", "10.0.0.0/8") or answer["egress"] == expected[2]
    assert bool(told) == bool(words) and words in " ".join(told)
    assert expected != UNSURE or "of the mesh" in answer["fix"]["patch"]


def test_the_proxy_dials_pods_whatever_address_the_service_has() -> None:
    """Where egress is judged by the address of the Service, that is so of connections outside of the mesh only."""
    for policies, words in (([lets_out(8080)], "there policies say denied"), ([lets_out(8080, 15008)], "where policies say the same")):
        made = [IN_MODE, *(template("Deployment", f"x/{name}", f"app={name}") for name in ("web", "client")), HERE[2], *policies]
        answer = program.asked(made, "explain", "svc/web:80", "--from", "deploy/client", "-n", "x", "--cni", "aws")
        assert words in next(step["why"] for step in answer["steps"] if "of the mesh" in step["why"])


def test_a_block_over_pods_and_others_keeps_its_verdict(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(yaml.safe_dump_all([*HERE, opens(8080)]), encoding="utf-8")
    answer = program.ask(["explain", "svc/web:80", "--from", "10.1.0.0/16", "-n", "x", "--offline", str(file)])
    assert (answer["verdict"], "from pods of the mesh" in answer["steps"][-1]["why"]) == ("allowed", True)


def test_a_pod_reaches_itself_without_the_mesh() -> None:
    answer = ask(Memory([*HERE, opens(8080)], home="x"), "explain", "pod/web:9090", "--from", "pod/web")
    assert (answer["verdict"], [step for step in answer["steps"] if "mesh" in step["why"]]) == ("allowed", [])


@pytest.mark.parametrize(("source", "numbers"), [
    ("pod/client", [8080, 15008]), ("anywhere", [8080, 15008]), ("10.0.0.0/8", [8080]), ("outside", [8080])])
def test_the_port_of_the_mesh_is_written_for_pods(source: str, numbers: list[int]) -> None:
    (policy,) = ask(Memory(HERE, home="x"), "suggest", "svc/web", "--allow", "80", "--from", source)["policies"]
    assert [port["port"] for port in policy["spec"]["ingress"][0]["ports"]] == numbers


def test_udp_is_no_matter_of_a_mesh() -> None:
    answer = ask(Memory([*HERE, opens(53, protocol="UDP")], home="x"), "explain", "pod/web:53/UDP", "--from", "pod/client")
    assert answer["verdict"] == "allowed"
