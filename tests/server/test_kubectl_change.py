"""Which of the objects that kubectl would change change a connection?"""
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_netpol import api, reports
from kubectl_netpol.core.remarks import Remark
from kubectl_netpol.options import Connection
from kubectl_netpol.render import PLAIN, render
from kubectl_netpol.server import folders
from kubectl_netpol.server.change import change_of
from kubectl_netpol.server.kubectl import Merged, merged_in
from kubectl_netpol.server.manifests import Manifests, bodies_of, written_in
from kubectl_netpol.snapshot import Key, Snapshot

Document = dict[str, Any]
POLICY = "networking.k8s.io/v1"


def document(kind: str, spec: Document, api_version: str = "v1", **more: Any) -> Document:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "b"}, "spec": spec, **more}


def change(live: Document | None, merged: Document, tmp_path: Path, written: Snapshot = Snapshot()) -> Any:  # noqa: B008  # frozen
    return change_of(both(live, merged, tmp_path), written)


def both(live: Document | None, merged: Document, tmp_path: Path) -> Merged:
    folders.write([(live, merged)], tmp_path)
    return merged_in(tmp_path, {})


def deployment(replicas: int | None = 2, **labels: str) -> Document:
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a", **labels}}, "spec": {}}}
    return document("Deployment", spec if replicas is None else {**spec, "replicas": replicas}, "apps/v1")


@pytest.mark.parametrize("live, merged, is_overlay", [
    (None, deployment(), True),
    (deployment(), deployment(tier="web"), True),               # its pods are made anew
    (deployment(2), deployment(3), False),                      # they stay, with their addresses
    (deployment(2), deployment(0), True),
    (deployment(0), deployment(2), True),
    (deployment(None), deployment(2), False),                   # one is the default
    (deployment(None), deployment(0), True),
])
def test_a_workload_that_keeps_its_pods_changes_nothing(
        live: Document | None, merged: Document, is_overlay: bool, tmp_path: Path) -> None:
    found = change(live, merged, tmp_path)
    assert set(found.snapshot.workloads) == ({("Deployment", "b", "a")} if is_overlay else set())
    assert found.remarks == ()


def test_what_does_not_differ_is_left_out(tmp_path: Path) -> None:
    found = change(document("Service", {}), document("Service", {}), tmp_path)
    assert found.snapshot == Snapshot()


@pytest.mark.parametrize("api_version, kind, remark", [
    ("v1", "ConfigMap", Remark("silent", {"objects": "configmap/a"})),
    ("serving.knative.dev/v1", "Service", Remark("silent", {"objects": "service/a"})),
    ("cilium.io/v2", "CiliumEnvoyConfig", Remark("unjudged", {"objects": "ciliumenvoyconfig/a"})),
    ("crd.projectcalico.org/v1", "Tier", Remark("unjudged", {"objects": "tier/a"})),
])
def test_kinds_that_are_not_read_are_told(api_version: str, kind: str, remark: Remark, tmp_path: Path) -> None:
    found = change(None, document(kind, {}, api_version), tmp_path)
    assert found.remarks == (remark,)
    assert found.snapshot == Snapshot()


# ---- a policy as it is written


def policy(**spec: Any) -> Document:
    return document("NetworkPolicy", {"podSelector": {}, **spec}, POLICY)


def written(body: Document, tmp_path: Path) -> tuple[Snapshot, str]:
    path = tmp_path / "manifest.json"
    path.write_bytes(msgspec.json.encode(body))
    return written_in(Manifests((str(path),), None, Connection(), None, "b")), str(path)


def test_defaults_of_the_server_are_not_taken_for_words_of_the_file(tmp_path: Path) -> None:
    """What findings say of policyTypes that are left out, and of empty lists, is lost else."""
    said, path = written(policy(ingress=[{"from": [], "ports": [{"port": 80}]}]), tmp_path)
    merged = policy(ingress=[{"ports": [{"port": 80, "protocol": "TCP"}]}], policyTypes=["Ingress"])
    merged["metadata"]["labels"] = {"of": "the-cluster"}
    found = change(None, merged, tmp_path, said).snapshot
    spec = found.policies["b", "a"].spec
    assert spec == said.policies["b", "a"].spec
    assert spec.policy_types is None and spec.ingress[0].peers == ()
    assert found.policies["b", "a"].metadata.labels == {"of": "the-cluster"}
    assert found.origins[Key("NetworkPolicy", "b", "a")].path == path


def test_what_the_server_made_of_a_policy_counts(tmp_path: Path) -> None:
    said, _ = written(policy(ingress=[{"ports": [{"port": 80}]}]), tmp_path)
    merged = policy(ingress=[{"ports": [{"port": 81, "protocol": "TCP"}]}], policyTypes=["Ingress"])
    found = change(None, merged, tmp_path, said).snapshot.policies["b", "a"]
    assert found.spec and found.spec.ingress == (api.IngressRule(ports=(api.PolicyPort("TCP", 81),)),)
    assert found.spec.policy_types == ("Ingress",)


# ---- files, and how both sides are written


def test_folders_are_read_as_kubectl_reads_them(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.json", "c.txt", "below/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name[0]}"}}}}')
    (tmp_path / "folder.yaml").mkdir()
    stdin = b"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n"
    found = bodies_of(Manifests((str(tmp_path), "-"), stdin, Connection(), None, "b"))
    assert [(each["kind"], each["metadata"].get("name")) for each in found] == [("ConfigMap", "a"), ("ConfigMap", "b"), ("Pod", None)]


def test_secrets_are_masked_as_kubectl_masks_them(tmp_path: Path) -> None:
    live, merged = ({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": data} for data in (
        {"same": "1", "other": "1", "gone": "1"}, {"same": "1", "other": "2", "new": "1"}))
    found = both(live, merged, tmp_path)
    assert found.live["v1.Secret..a"]["data"] == {"same": "***", "other": "*** (before)", "gone": "***"}
    assert found.merged["v1.Secret..a"]["data"] == {"same": "***", "other": "*** (after)", "new": "***"}


def test_managers_of_fields_are_not_shown(tmp_path: Path) -> None:
    live = document("ConfigMap", {})
    live["metadata"]["managedFields"] = [{}]
    assert both(live, document("ConfigMap", {}), tmp_path).diffs == {}


# ---- what is printed


def test_the_text_of_an_own_differ_is_printed_for_what_it_shows() -> None:
    settings, web = (reports.ObjectRef(kind, "b", "a") for kind in ("ConfigMap", "NetworkPolicy"))
    report = reports.Difference(
        scope=reports.Scope(None, None, (), (), (), "generic", "1"), services=(), unchanged=(), isolated=(), groups=(), connections=(),
        findings=reports.FindingChanges((), ()),
        manifests=(reports.ManifestChange("added", settings, "@@ of diff"), reports.ManifestChange("removed", web, "@@ of us")),
        external_diff=reports.ExternalDiff((settings,), "\x1b[1;32m+\ta\x1b[0m\n\n  b\x07\n"))
    text = "".join(render(report, "text", PLAIN, 80, True))
    assert text.startswith("+       a\n\n  b\\x07\n@@ of us\n")
    assert "of diff" not in text
    assert json.loads("".join(render(report, "json", PLAIN, 80, True)))["externalDiff"]["text"] == report.external_diff.text
