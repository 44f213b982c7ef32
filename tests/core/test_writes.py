"""What is written, and is it as planned?"""
from typing import Any

import pytest

from kubectl_netpol.core.writes import By, Write, is_done, plain, version_of
from kubectl_netpol.snapshot import Key
from tests.e2e_cases import Document, manifest, tcp

LIVE = {"uid": "1", "resourceVersion": "7", "generation": 2, "creationTimestamp": "then", "managedFields": [], "selfLink": "/x"}


def policy(*ports: int, spec: Document | None = None, **metadata: Any) -> Document:
    own = {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [{"ports": tcp(*ports)}]}
    document = manifest("networking.k8s.io/v1", "NetworkPolicy", "shop", "web", spec=spec or own)
    return {**document, "metadata": {**document["metadata"], **metadata}}


def service(port: int, **metadata: Any) -> Document:
    document = manifest("v1", "Service", "shop", "web", spec={"ports": [{"port": port}]}, status={"loadBalancer": {}})
    return {**document, "metadata": {**document["metadata"], **metadata}}


def write(before: Document | None, after: Document | None) -> Write:
    kind = ((after or before) or {})["kind"]
    return Write(Key(kind, "shop", "web"), before, after, By.SUGGEST)


@pytest.mark.parametrize(("before", "after", "verb"), [
    (None, policy(80), "created"), (policy(80), policy(81), "changed"), (policy(80), None, "deleted")])
def test_what_becomes_of_an_object(before: Document | None, after: Document | None, verb: str) -> None:
    assert write(before, after).verb == verb
    undone = {"created": "deleted", "deleted": "created", "changed": "changed"}[verb]
    assert (write(before, after).undone.verb, write(before, after).undone.undone) == (undone, write(before, after))


def test_the_version_of_what_is_not_there_is_none() -> None:
    assert (version_of(None), version_of(policy(80)), version_of(policy(80, resourceVersion="7"))) == ("", "", "7")


def test_what_the_server_keeps_is_left_out() -> None:
    own = {"labels": {"a": "b"}, "annotations": {"c": "d"}, "ownerReferences": [{"uid": "2"}]}
    assert plain(service(80, **LIVE, **own)) == {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", **own}, "spec": {"ports": [{"port": 80}]}}


APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
BARE = {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"ports": [{"port": 80}]}]}


@pytest.mark.parametrize(("before", "after", "live", "done"), [
    # a policy: what it means
    (policy(80), policy(81), policy(81, **LIVE), True),
    (policy(80), policy(81), policy(80, **LIVE), False),
    (policy(80), policy(81), None, False),
    (None, policy(80), policy(80, **LIVE), True),
    (None, policy(80), None, False),
    (policy(80), None, None, True),
    (policy(80), None, policy(80, **LIVE), False),
    (None, policy(spec=BARE), policy(80, **LIVE), True),                             # the server fills in defaults
    (policy(80), policy(81, labels={"a": "1"}), policy(81, **LIVE), False),
    (policy(80), policy(81, labels={"a": "1"}), policy(81, **LIVE, labels={"a": "1", "b": "2"}), True),   # of others
    (policy(80), policy(81, annotations={"a": "1"}), policy(81, **LIVE, annotations={"a": "2"}), False),
    (policy(80), policy(81, annotations={APPLIED: "1"}), policy(81, **LIVE, annotations={APPLIED: "2"}), True),
    # another kind: what it holds, but for what the server makes up
    (service(80), service(81), service(81, **LIVE), True),
    (service(80), service(81), service(80, **LIVE), False),
    (None, service(81), {**service(81, **LIVE), "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 81}]}}, True),
    (None, service(81), None, False),
])
def test_an_object_is_as_planned(before: Document | None, after: Document | None, live: Document | None, done: bool) -> None:
    assert is_done(write(before, after), live) is done


def test_values_of_secrets_are_nobodys_business() -> None:
    secret = manifest("v1", "Secret", "shop", "web", data={"a": "***"})
    assert is_done(write(secret, secret), {**secret, "data": {"a": "YQ=="}})
