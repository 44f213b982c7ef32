"""Whose objects are not written, and what is said of those that somebody else holds?"""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.applying import MEND, RIGHT, WEB, WRONG, found, policy, ports_of, together
from tests.live.bed.bed import Bed, Ran

Run = Callable[..., Ran]
FLUX, HELM, ARGO = "kustomize.toolkit.fluxcd.io", "meta.helm.sh", "argocd.argoproj.io"


@pytest.fixture
def run(bed: Bed, namespace: str, tmp_path: Path) -> Run:
    def run(*words: str, input: str | None = None) -> Ran:
        return bed.netpol(*words, namespace=namespace, env={"XDG_STATE_HOME": str(tmp_path / "state")}, input=input)
    return run


def create(bed: Bed, namespace: str, manager: str, **metadata: Any) -> None:
    """The wrong policy, as a controller leaves it."""
    bed.apply(WEB, namespace)
    bed.run_kubectl("create", "-n", namespace, "--field-manager", manager, "-f", "-", input=policy("web", "web", 80, 10022, **metadata))


OWNERS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "Helm": (
        "helm", {"labels": {"app.kubernetes.io/managed-by": "Helm"},
                 "annotations": {f"{HELM}/release-name": "shop", f"{HELM}/release-namespace": "shops"}},
        "Helm release shop in namespace shops", "change the chart or the values of release shop in namespace shops, and upgrade it"),
    "Flux, a Kustomization": (
        "kustomize-controller", {"labels": {f"{FLUX}/name": "apps", f"{FLUX}/namespace": "flux-system"}},
        "Flux Kustomization apps in namespace flux-system",
        "change the manifest in the source of Kustomization apps in namespace flux-system"),
    "Flux, a HelmRelease": (
        "helm-controller", {"labels": {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop"},
                            "annotations": {f"{HELM}/release-name": "web", f"{HELM}/release-namespace": "shop"}},
        "Flux HelmRelease web in namespace shop", "change the chart or the values of HelmRelease web in namespace shop"),
    "Argo CD, by its annotation": (
        "argocd-controller", {"annotations": {f"{ARGO}/tracking-id": "site:networking.k8s.io/NetworkPolicy:NAMESPACE/web"}},
        "Argo CD Application site", "change the manifest in the source of Application site"),
    "Argo CD, by a label": (
        "argocd-controller", {"labels": {"app.kubernetes.io/instance": "site"}},
        "Argo CD Application site", "change the manifest in the source of Application site"),
    "an owner of its own": (
        "shop-operator", {"ownerReferences": [{"apiVersion": "example.com/v1", "kind": "Shop", "name": "main", "uid": "1"}]},
        "shop/main in namespace NAMESPACE, its owner", "change shop/main in namespace NAMESPACE, which makes it"),
    "another field manager": (
        "shop-operator", {}, 'the field manager "shop-operator"', 'change it where "shop-operator" takes it from'),
}
WAYS = {
    "suggest": (MEND, None), "file": (("diff", "-f", "-", "--apply"), RIGHT),
    "delete": (("diff", "--delete", "netpol/web", "--apply"), None)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("owner", OWNERS)
def test_what_belongs_to_a_controller_is_refused(bed: Bed, namespace: str, run: Run, owner: str, way: str) -> None:
    manager, marks, name, change = json.loads(json.dumps(OWNERS[owner]).replace("NAMESPACE", namespace))
    create(bed, namespace, manager, **marks)
    (words, manifests), before = WAYS[way], found(bed, namespace)
    ran = run(*words, "--yes", input=manifests)
    assert (ran.returncode, found(bed, namespace)) == (2, before)
    assert f"error: netpol/web belongs to {name}\n" in ran.stderr
    assert f"hint: {change}\n" in ran.stderr
    assert "--force-conflicts writes it all the same, until its owner writes it again\n" in ran.stderr


@pytest.mark.parametrize("way", WAYS)
def test_force_conflicts_writes_it_and_says_who_will_write_it_again(bed: Bed, namespace: str, run: Run, way: str) -> None:
    manager, marks, name, change = OWNERS["Helm"]
    create(bed, namespace, manager, **marks)
    words, manifests = WAYS[way]
    ran = run(*words, "--yes", "--force-conflicts", input=manifests)
    assert (ran.returncode, ports_of(bed, namespace)) == (0, None if way == "delete" else [80, 22]), ran.stderr
    assert f"note: {name} will write netpol/web again as it was: {change}\n" in ran.stderr


@pytest.mark.parametrize("command", ["create", "apply", "edit", "patch", "replace", "server-side"])
def test_what_people_wrote_with_kubectl_is_taken_over_and_said(bed: Bed, namespace: str, run: Run, command: str) -> None:
    bed.apply(WEB, namespace)
    managers = {"create": "kubectl-create", "apply": "kubectl-client-side-apply", "server-side": "kubectl"}
    first = "create" if command == "create" else "apply"
    bed.run_kubectl(first, "-n", namespace, "-f", "-", *(("--server-side",) if command == "server-side" else ()), input=WRONG)
    if command in ("edit", "patch", "replace"):
        kubectl(bed, namespace, command)
    manager = managers.get(command, f"kubectl-{command}")
    ran = run(*MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace)) == (0, [80, 22]), ran.stderr
    assert manager in next(line for line in ran.stderr.splitlines() if "is taken over" in line)
    assert ("the next apply of its file brings the old one back" in ran.stderr) is (command not in ("create", "replace", "server-side"))


def kubectl(bed: Bed, namespace: str, command: str) -> None:
    """Writes the wrong policy once more."""
    patch = ("patch", "netpol", "web", "-n", namespace, "--type=merge", "-p")
    bed.run_kubectl(*patch, '{"spec": {"ingress": []}}')
    ports = json.dumps({"spec": {"ingress": json.loads(WRONG)["spec"]["ingress"]}})
    match command:
        case "patch":
            bed.run_kubectl(*patch, ports)
        case "replace":
            bed.run_kubectl("replace", "-n", namespace, "-f", "-", input=WRONG)
        case "edit":
            bed.run_kubectl(*patch, ports, "--field-manager", "kubectl-edit")


def test_a_controller_that_holds_other_fields_is_in_nobodys_way(bed: Bed, namespace: str, run: Run) -> None:
    bed.apply(together(WEB, WRONG), namespace)
    bed.run_kubectl("label", "netpol", "web", "a=b", "-n", namespace, "--field-manager", "labeller")
    ran = run(*MEND, "--yes")
    assert (ran.returncode, ports_of(bed, namespace)) == (0, [80, 22]), ran.stderr
    document = found(bed, namespace)
    assert document and document["metadata"]["labels"] == {"a": "b"}
