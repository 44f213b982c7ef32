"""Who holds an object, and what will write it again?"""
from typing import Any

import pytest

from kubectl_netpol.core.owners import Holders, Owner, OwnerKind, holders_of, managers_of, owners_of
from tests.e2e_cases import Document

FLUX, HELM, ARGO = "kustomize.toolkit.fluxcd.io", "meta.helm.sh", "argocd.argoproj.io"


def policy(spec: Document | None = None, **metadata: Any) -> Document:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web", "namespace": "shop", **metadata},
            "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]} if spec is None else spec}


def managed(manager: str, fields: Document, **more: str) -> Document:
    return {"manager": manager, "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def spec_of(*names: str) -> Document:
    return {"f:spec": {f"f:{name}": {} for name in names}}


def on_80_and(*ports: int) -> Document:
    return policy({"podSelector": {}, "ingress": [{"ports": [{"port": port} for port in (80, *ports)]}]})


@pytest.mark.parametrize(("metadata", "owners"), [
    ({}, []),
    ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, []),                      # a template that was applied by hand
    ({"labels": {"app.kubernetes.io/managed-by": "Helm"},
      "annotations": {f"{HELM}/release-name": "gitlab", f"{HELM}/release-namespace": "git"}}, [Owner(OwnerKind.HELM, "gitlab", "git")]),
    ({"labels": {f"{FLUX}/name": "apps", f"{FLUX}/namespace": "flux-system"}},
     [Owner(OwnerKind.FLUX_KUSTOMIZATION, "apps", "flux-system")]),
    ({"labels": {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop"},
      "annotations": {f"{HELM}/release-name": "shop-web"}}, [Owner(OwnerKind.FLUX_HELM_RELEASE, "web", "shop")]),
    ({"annotations": {f"{ARGO}/tracking-id": "site:networking.k8s.io/NetworkPolicy:shop/web"}}, [Owner(OwnerKind.ARGO_CD, "site")]),
    ({"annotations": {f"{ARGO}/tracking-id": "team_site:networking.k8s.io/NetworkPolicy:shop/web"}},
     [Owner(OwnerKind.ARGO_CD, "site", "team")]),
    ({"annotations": {f"{ARGO}/tracking-id": "site:networking.k8s.io/NetworkPolicy:shop/other"}}, []),      # copied from another object
    ({"labels": {f"{ARGO}/instance": "site"}}, [Owner(OwnerKind.ARGO_CD, "site")]),
    ({"labels": {"app.kubernetes.io/instance": "site"}}, []),                        # common in charts
    ({"labels": {"app.kubernetes.io/instance": "site"}, "managedFields": [managed("argocd-controller", {})]},
     [Owner(OwnerKind.ARGO_CD, "site")]),
    ({"ownerReferences": [{"kind": "Shop", "name": "main", "uid": "1"}]}, [Owner(OwnerKind.REFERENCE, "shop/main", "shop")]),
    ({"ownerReferences": [{"kind": "Shop", "name": "main", "uid": "1"}], "annotations": {f"{HELM}/release-name": "web"}},
     [Owner(OwnerKind.HELM, "web"), Owner(OwnerKind.REFERENCE, "shop/main", "shop")]),
])
def test_controllers_leave_marks(metadata: Document, owners: list[Owner]) -> None:
    assert list(owners_of(policy(**metadata))) == owners


@pytest.mark.parametrize(("fields", "after", "held"), [
    (spec_of("ingress"), on_80_and(22), True),
    (spec_of("egress", "podSelector", "policyTypes"), on_80_and(22), False),         # what does not change is nobody's loss
    (spec_of("ingress"), on_80_and(), False),
    (spec_of("podSelector"), None, True),                                            # deleted, all of it goes
    ({"f:metadata": {"f:labels": {"f:a": {}}}}, None, False),                        # a label alone holds no policy
    ({"f:metadata": {"f:labels": {"f:a": {}}}}, policy(labels={"a": "2"}), False),
    ({"f:status": {"f:x": {}}}, None, False),
    ({}, on_80_and(22), False),
])
def test_a_manager_is_concerned_by_what_changes_of_its_fields(fields: Document, after: Document | None, held: bool) -> None:
    before = policy(managedFields=[managed("some-operator", fields)], labels={"a": "1"})
    assert managers_of(before, after) == (("some-operator",) if held else ())


PORTS = {
    "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}, {"port": 81, "protocol": "TCP", "targetPort": 81}],
    "sources": ["a", "b"]}
KEYED = 'k:{"port":81,"protocol":"TCP"}'


@pytest.mark.parametrize(("fields", "after", "differs"), [
    ({"f:ports": {KEYED: {"f:targetPort": {}}}}, {"ports": [PORTS["ports"][0], {**PORTS["ports"][1], "targetPort": 8081}]}, True),
    ({"f:ports": {KEYED: {"f:targetPort": {}}}}, {"ports": [{**PORTS["ports"][0], "targetPort": 8081}, PORTS["ports"][1]]}, False),
    ({"f:ports": {KEYED: {"f:targetPort": {}}}}, {"ports": [PORTS["ports"][1]]}, False),     # moved, the same still
    ({"f:ports": {KEYED: {".": {}}}}, {"ports": [PORTS["ports"][0]]}, True),
    ({"f:ports": {KEYED: {".": {}}}}, {"ports": [{**PORTS["ports"][1], "targetPort": 1}]}, False),
    ({"f:sources": {'v:"b"': {}}}, {"sources": ["b"]}, False),
    ({"f:sources": {'v:"b"': {}}}, {"sources": ["a"]}, True),
    ({"f:sources": {"i:1": {}}}, {"sources": ["a", "c"]}, True),
    ({"f:sources": {"i:1": {}}}, {"sources": ["a"]}, True),
    ({"f:sources": {"i:0": {}}}, {"sources": ["a"]}, False),
])
def test_paths_are_read_as_fields_v1_writes_them(fields: Document, after: Document, differs: bool) -> None:
    before = policy(PORTS, managedFields=[managed("some-operator", {"f:spec": fields})])
    assert bool(managers_of(before, policy({**PORTS, **after}))) is differs


@pytest.mark.parametrize(("manager", "people"), [
    ("kubectl", True), ("kubectl-client-side-apply", True), ("kubectl-edit", True), ("kubectl-create", True), ("kubectl-patch", True),
    ("kubectl-last-applied", True), ("kubectl-replace", True), ("before-first-apply", True),
    ("helm", False), ("kubectlx", False), ("some-operator", False), ("my-kubectl-edit", False)])
def test_managers_of_kubectl_are_people(manager: str, people: bool) -> None:
    found = holders_of(policy(managedFields=[managed(manager, spec_of("ingress"))]), on_80_and(22), "kubectl-netpol")
    assert found == (Holders(people=(manager,)) if people else Holders((Owner(OwnerKind.MANAGER, manager),)))


def test_who_writes_takes_nothing_over_from_itself() -> None:
    before = policy(managedFields=[managed(each, spec_of("ingress")) for each in ("kubectl-netpol", "mine")])
    assert holders_of(before, on_80_and(22), "mine") == Holders()
    assert holders_of(before, on_80_and(22), "kubectl-netpol") == Holders((Owner(OwnerKind.MANAGER, "mine"),))


def test_what_writes_the_status_only_holds_nothing() -> None:
    before = policy(managedFields=[managed("some-operator", spec_of("ingress"), subresource="status")])
    assert managers_of(before, None) == ()


@pytest.mark.parametrize(("marks", "manager"), [
    ({"labels": {f"{FLUX}/name": "apps"}}, "kustomize-controller"),
    ({"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}, "helm-controller"),
    ({"annotations": {f"{HELM}/release-name": "apps"}}, "helm"),
    ({"labels": {"app.kubernetes.io/instance": "apps"}}, "argocd-controller"),
])
def test_the_manager_of_an_owner_is_not_told_again(marks: Document, manager: str) -> None:
    found = holders_of(policy(managedFields=[managed(manager, spec_of("ingress"))], **marks), on_80_and(22), "kubectl-netpol")
    assert [each.name for each in found.owners] == ["apps"]


def test_the_file_of_an_apply_brings_back_what_no_owner_does() -> None:
    applied = {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}
    assert holders_of(policy(**applied), None, "kubectl-netpol").is_applied
    assert not holders_of(policy(**applied, labels={f"{FLUX}/name": "apps"}), None, "kubectl-netpol").is_applied
    assert not holders_of(policy(), None, "kubectl-netpol").is_applied
