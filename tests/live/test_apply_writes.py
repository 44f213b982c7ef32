"""Is each write what kubectl would have written, and does the server refuse it where the object is not the one that was shown?"""
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from kubectl_netpol import cli
from kubectl_netpol.core.writes import By, Write
from kubectl_netpol.server import apply as by_kubectl
from kubectl_netpol.server import write as by_us
from kubectl_netpol.server.apply import Failed, Kubectl
from kubectl_netpol.server.connection import Refused, Server, connect
from kubectl_netpol.server.kubeconfig import login_of
from kubectl_netpol.server.kubectl import ApplyFlags
from kubectl_netpol.snapshot import Key
from tests.live.applying import RIGHT, WRONG, Document, found, policy, ports_of, service, stripped
from tests.live.bed.bed import Bed

PLAIN, SERVER_SIDE = ApplyFlags(), ApplyFlags(server_side=True, force_conflicts=True)


@pytest.fixture
def server(bed: Bed) -> Server:
    options = cli.parse(["explain", "--kubeconfig", bed.kubeconfig()])
    assert not isinstance(options, str)
    return connect(login_of(options.scope.connection, os.environ))


def kubectl(bed: Bed, flags: ApplyFlags = PLAIN) -> Kubectl:
    return Kubectl(bed.kubectl, ("--kubeconfig", bed.kubeconfig()), flags, os.environ)


def write(before: Document | None, after: Document | None, namespace: str, by: By = By.SUGGEST) -> Write:
    """Of the object web."""
    document = after or before
    assert document
    said = after and {**after, "metadata": {**after["metadata"], "namespace": namespace}}
    return Write(Key(document["kind"], namespace, "web"), before, after, by, said if by is By.FILE else None)


def of(text: str) -> Document:
    document: Document = json.loads(text)
    return document


# ---- what suggest writes


def test_a_field_of_the_spec_that_is_gone_goes(bed: Bed, namespace: str, server: Server) -> None:
    both = of(WRONG)
    both["spec"] |= {"egress": [{}], "policyTypes": ["Ingress", "Egress"]}
    both["spec"]["podSelector"] = {"matchLabels": {"app": "web", "tier": "x"}}
    bed.apply(json.dumps(both), namespace)
    by_us.applied(write(found(bed, namespace), of(RIGHT), namespace), "kubectl-netpol", server)
    document = found(bed, namespace)
    assert document and document["spec"] == of(RIGHT)["spec"]


def test_labels_and_annotations_of_others_stay_theirs(bed: Bed, namespace: str, server: Server) -> None:
    bed.apply(policy("web", "web", 80, labels={"team": "red", "tier": "x"}), namespace)
    after = of(policy("web", "web", 22, labels={"team": "red", "tier": "y"}, annotations={"a": "1"}))
    by_us.applied(write(found(bed, namespace), after, namespace), "kubectl-netpol", server)
    assert ours(bed, namespace) == {"f:labels": {"f:tier": {}}, "f:annotations": {"f:a": {}}}
    again = of(policy("web", "web", 23, labels={"team": "red", "tier": "y"}, annotations={"a": "1", "b": "2"}))
    by_us.applied(write(found(bed, namespace), again, namespace), "kubectl-netpol", server)
    assert ours(bed, namespace) == {"f:labels": {"f:tier": {}}, "f:annotations": {"f:a": {}, "f:b": {}}}
    document = found(bed, namespace)
    assert document and document["metadata"]["labels"] == {"team": "red", "tier": "y"}


def ours(bed: Bed, namespace: str) -> Any:
    document = found(bed, namespace)
    assert document
    return next(each["fieldsV1"]["f:metadata"] for each in document["metadata"]["managedFields"] if each["manager"] == "kubectl-netpol")


def later(bed: Bed, namespace: str) -> None:
    bed.apply(policy("web", "web", 443), namespace)


def gone(bed: Bed, namespace: str) -> None:
    bed.run_kubectl("delete", "netpol", "web", "-n", namespace)


def again(bed: Bed, namespace: str) -> None:
    gone(bed, namespace)
    bed.apply(WRONG, namespace)


@pytest.mark.parametrize("change", [later, gone, again])
def test_only_the_policy_that_was_shown_is_changed(bed: Bed, namespace: str, server: Server, change: Callable[[Bed, str], None]) -> None:
    bed.apply(WRONG, namespace)
    stale = write(found(bed, namespace), of(RIGHT), namespace)
    change(bed, namespace)
    before = found(bed, namespace)
    with pytest.raises(Refused) as caught:
        by_us.applied(stale, "kubectl-netpol", server)
    assert caught.value.status == 409
    assert found(bed, namespace) == before


@pytest.mark.parametrize("change", [later, again])
def test_only_the_policy_that_was_shown_is_deleted(bed: Bed, namespace: str, server: Server, change: Callable[[Bed, str], None]) -> None:
    bed.apply(WRONG, namespace)
    stale = write(found(bed, namespace), None, namespace, By.DELETE)
    change(bed, namespace)
    with pytest.raises(Refused) as caught:
        by_us.deleted(stale, server)
    assert caught.value.status == 409
    assert found(bed, namespace)


def test_a_policy_is_made_only_where_there_is_none(bed: Bed, namespace: str, server: Server) -> None:
    by_us.applied(write(None, of(RIGHT), namespace), "kubectl-netpol", server)
    assert ports_of(bed, namespace) == [80, 22]
    with pytest.raises(Refused) as caught:
        by_us.applied(write(None, of(WRONG), namespace), "kubectl-netpol", server)
    assert (caught.value.status, ports_of(bed, namespace)) == (409, [80, 22])


def test_a_trial_keeps_nothing(bed: Bed, namespace: str, server: Server) -> None:
    by_us.applied(write(None, of(RIGHT), namespace), "kubectl-netpol", server, dry_run=True)
    assert found(bed, namespace) is None
    bed.apply(WRONG, namespace)
    before = found(bed, namespace)
    by_us.applied(write(before, of(RIGHT), namespace), "kubectl-netpol", server, dry_run=True)
    by_us.deleted(write(before, None, namespace, By.DELETE), server, dry_run=True)
    for flags in (PLAIN, SERVER_SIDE):
        by_kubectl.applied(write(before, of(RIGHT), namespace, By.FILE), kubectl(bed, flags), dry_run=True)
    assert found(bed, namespace) == before


# ---- what a file holds: beside the real kubectl apply


SERVICES = (service("web", "80", "81:8081"), service("web", "82:8081"))


def as_json(bed: Bed, text: str) -> Document:
    document: Document = json.loads(bed.run_kubectl("create", "--dry-run=client", "-o", "json", "-f", "-", input=text).stdout)
    document["metadata"].pop("namespace", None)
    return document


@pytest.mark.parametrize("kind", ["netpol", "svc"])
@pytest.mark.parametrize("words", [(), ("--field-manager", "me"), ("--server-side",), ("--server-side", "--field-manager", "me")])
def test_the_object_is_as_after_kubectl_apply(
        bed: Bed, new_namespace: Callable[..., str], kind: str, words: tuple[str, ...]) -> None:
    """To the last managed field, made and changed."""
    ours, theirs = new_namespace(), new_namespace()
    flags = ApplyFlags("--server-side" in words, "me" if "me" in words else None)
    for text in (policy("web", "web", 80, 10022, labels={"a": "1", "b": "2"}), policy("web", "web", 80, labels={"a": "3"})) \
            if kind == "netpol" else SERVICES:
        manifest = as_json(bed, text)
        by_kubectl.applied(write(found(bed, ours, kind), manifest, ours, By.FILE), kubectl(bed, flags))
        bed.run_kubectl("apply", *words, "-n", theirs, "-f", "-", input=json.dumps(manifest))
        assert comparable(bed, ours, kind) == comparable(bed, theirs, kind)


def comparable(bed: Bed, namespace: str, kind: str) -> Document:
    """Without what differs between any two objects."""
    document = found(bed, namespace, kind)
    assert document
    own = ("uid", "resourceVersion", "creationTimestamp", "generation")
    metadata = {name: each for name, each in document["metadata"].items() if name not in own}
    for entry in metadata["managedFields"]:
        entry.pop("time")
    metadata["managedFields"].sort(key=lambda entry: (entry["manager"], entry["operation"]))
    spec = {name: each for name, each in document["spec"].items() if name not in ("clusterIP", "clusterIPs")}
    text = json.dumps({"metadata": metadata, "spec": spec}, sort_keys=True).replace(namespace, "NAMESPACE")
    comparable: Document = json.loads(text)
    return comparable


@pytest.mark.parametrize("flags", [PLAIN, SERVER_SIDE])
@pytest.mark.parametrize("change", [later, gone, again])
def test_a_file_changes_only_the_object_that_was_shown(
        bed: Bed, namespace: str, change: Callable[[Bed, str], None], flags: ApplyFlags) -> None:
    bed.run_kubectl("create", "-n", namespace, "-f", "-", input=WRONG)
    stale = write(found(bed, namespace), of(RIGHT), namespace, By.FILE)
    change(bed, namespace)
    before = found(bed, namespace)
    with pytest.raises(Failed):
        by_kubectl.applied(stale, kubectl(bed, flags))
    assert found(bed, namespace) == before


@pytest.mark.parametrize("flags", [PLAIN, SERVER_SIDE])
def test_a_file_makes_only_what_is_not_there(bed: Bed, namespace: str, flags: ApplyFlags) -> None:
    bed.apply(WRONG, namespace)
    before = found(bed, namespace)
    with pytest.raises(Failed):
        by_kubectl.applied(write(None, of(RIGHT), namespace, By.FILE), kubectl(bed, flags))
    assert found(bed, namespace) == before


def test_a_server_side_apply_over_a_client_side_one_is_kubectls(bed: Bed, namespace: str) -> None:
    """kubectl moves what the last-applied annotation holds, and needs two requests for it."""
    bed.apply(WRONG, namespace)
    warnings = by_kubectl.applied(write(found(bed, namespace), of(RIGHT), namespace, By.FILE), kubectl(bed, SERVER_SIDE))
    document = found(bed, namespace)
    assert document and (warnings, ports_of(bed, namespace)) == ((), [80, 22])
    annotation = document["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert "resourceVersion" not in annotation
    assert stripped(document)


def test_what_kubectl_refuses_is_in_its_words(bed: Bed, namespace: str) -> None:
    wrong = of(RIGHT)
    wrong["spec"]["podselector"] = {}
    with pytest.raises(Failed) as caught:
        by_kubectl.applied(write(None, wrong, namespace, By.FILE), kubectl(bed))
    assert 'unknown field "spec.podselector"' in caught.value.message
