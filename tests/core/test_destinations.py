"""Is a source judged at each destination, although alike ones are looked at once?"""
import pytest

from tests.e2e_cases import Document, netpol, only, pod, pod_is, service
from tests.program import asked, question

TWO = [pod("x/a", "pod=a app=web", ip="10.1.0.1"), pod("x/b", "pod=b app=web", ip="10.1.0.2"),
       service("x/web", "app=web", {"port": 80})]
C = pod("x/c", "pod=c app=web", ip="10.1.0.3")
ELSEWHERE = pod("x/d", "pod=d", ip="10.1.0.4")


def admit(*peers: Document) -> Document:
    return netpol("x", only("app=web"), "I", ingress=[{"from": list(peers)}])


@pytest.mark.parametrize(("documents", "peers", "source", "verdict"), [
    pytest.param([], [pod_is(only("pod=a"))], "same-namespace", "partial", id="a reaches b; b does not reach a"),
    pytest.param([], [pod_is(only("pod=a")), pod_is(only("pod=b"))], "same-namespace", "allowed", id="each reaches the other"),
    pytest.param([C], [pod_is(only("pod=a"))], "same-namespace", "partial", id="of three only one is admitted"),
    pytest.param([], [pod_is(only("pod=b"))], "pod/a", "denied", id="the only source is one of them, and is not admitted"),
    pytest.param([], [pod_is(only("pod=a"))], "pod/a", "allowed", id="the only source is one of them, and is admitted at the other"),
    pytest.param([ELSEWHERE], [pod_is(only("pod=d"))], "same-namespace", "partial", id="a source that is none of them")])
def test_a_pod_is_no_source_at_itself(documents: list[Document], peers: list[Document], source: str, verdict: str) -> None:
    assert question([*TWO, *documents, admit(*peers)], source, "x/web", "TCP", 80) == verdict


def test_so_do_maps() -> None:
    only_c = netpol("x", only("pod=c"), "I", ingress=[{"from": [pod_is(only("app=web"))]}])
    documents = [*TWO, C, admit(pod_is(only("pod=a"))), only_c]
    (port,) = asked(documents, "explain")["services"][0]["ports"]
    assert {each["source"]: each["verdict"] for each in port["access"]} == {"pod=a": "allowed", "app=web": "partial"}
