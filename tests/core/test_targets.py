"""Do texts mean what they say, and does parse(format(x)) == x hold for every value?"""
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_netpol.core.addresses import Addresses, cidrs_of, parse_address
from kubectl_netpol.core.intents import (
    Direction,
    Intent,
    Verb,
    Wish,
    format_intent,
    intent_of,
    parse_intent,
    request_of,
    wished,
)
from kubectl_netpol.core.selectors import EVERYTHING, Operator, Requirement, Selector, parse_selector
from kubectl_netpol.core.targets import (
    ALL_PORTS,
    KINDS,
    SHORT,
    WORDS,
    Anywhere,
    Block,
    Cluster,
    Destination,
    Entry,
    EntryKind,
    Object,
    Pods,
    PortSpec,
    SameNamespace,
    Source,
    Target,
    TargetKind,
    format_destination,
    format_port,
    format_source,
    format_target,
    parse_destination,
    parse_port,
    parse_ports,
    parse_source,
    parse_target,
    targets_of,
)
from kubectl_netpol.errors import NetpolError

SERVICE, POD, DEPLOYMENT, NETWORKPOLICY = TargetKind.SERVICE, TargetKind.POD, TargetKind.DEPLOYMENT, TargetKind.NETWORKPOLICY
WEB, OLD = parse_selector("app=web"), parse_selector("!old")

# ---- values


def normal(requirements: list[Requirement]) -> Selector:
    return Selector(tuple(sorted(set(requirements), key=lambda each: (each.key, each.operator.value, each.values))))


WORDS_OF_THE_GRAMMAR = ("and", "on", "in", "from", "to", "allow", "udp", "all", "pods", "svc", "80")
labels = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True) | st.sampled_from(WORDS_OF_THE_GRAMMAR)
names = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,8}[a-z0-9])?", fullmatch=True) | labels
port_names = labels.filter(lambda name: name != "all" and any(map(str.isalpha, name)))
numbers = st.integers(1, 65535)
protocols = st.none() | st.sampled_from(["TCP", "UDP", "SCTP"])
ports = st.one_of(
    st.builds(PortSpec, port_names | numbers, st.none(), protocols),
    st.builds(lambda a, b, protocol: PortSpec(min(a, b), max(a, b), protocol), numbers, numbers, protocols),
    st.just(ALL_PORTS))
some_ports = st.lists(ports, max_size=3).map(tuple)

texts = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,6}[A-Za-z0-9])?", fullmatch=True)
prefixed = st.builds("{}/{}".format, st.from_regex(r"[a-z]{1,3}(\.[a-z]{1,3})?", fullmatch=True), texts)
keys = texts | prefixed | st.sampled_from([*WORDS, "in", "and", "ns/a"])
values = texts | st.sampled_from(["", "80", "http"])
sets = st.sets(values, min_size=1, max_size=3).map(lambda each: tuple(sorted(each)))
requirements = st.one_of(
    st.builds(Requirement, keys, st.sampled_from([Operator.IN, Operator.NOT_IN]), sets),
    st.builds(Requirement, keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])))
selectors = st.lists(requirements, min_size=1, max_size=3).map(normal)

named_kinds = st.sampled_from([kind for kind in TargetKind if kind not in (TargetKind.NAMESPACE, NETWORKPOLICY, TargetKind.DIALLED)])
namespaces = st.none() | labels


def name_of(kind: TargetKind) -> st.SearchStrategy[str]:
    return labels if kind in (SERVICE, TargetKind.NAMESPACE) else names


workloads = named_kinds.flatmap(lambda kind: st.builds(Target, st.just(kind), name_of(kind), namespaces))
targets = st.one_of(
    named_kinds.flatmap(lambda kind: st.builds(Target, st.just(kind), name_of(kind), namespaces, some_ports)),
    st.builds(Target, st.just(NETWORKPOLICY), names, namespaces),
    st.builds(Target, st.just(TargetKind.NAMESPACE), st.none() | labels),
    st.builds(Target, named_kinds, st.none(), namespaces))



def cidr(address: int, length: int, width: int) -> str:
    start = parse_address("::" if width == 128 else "0.0.0.0") + (address >> (width - length) << (width - length))
    return cidrs_of(Addresses(((start, start + (1 << (width - length))),)))[0]


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    width = draw(st.sampled_from([32, 128]))
    length, address = draw(st.integers(0, width)), draw(st.integers(0, (1 << width) - 1))
    deeper = draw(st.lists(st.integers(length + 1, width), max_size=2)) if length < width else []
    excepts = [cidr(address, each, width) for each in deeper]
    return Block(cidr(address, length, width), tuple(excepts))


sources = st.one_of(
    st.sampled_from(list(WORDS.values())),
    st.builds(Pods, selectors, namespaces),
    st.builds(Pods, st.just(EVERYTHING), labels),
    st.builds(Pods, selectors | st.just(EVERYTHING), st.none(), selectors),
    st.builds(Pods, selectors, st.none(), st.just(EVERYTHING)),
    named_kinds.flatmap(lambda kind: st.builds(Object, st.just(kind), name_of(kind), namespaces)),
    st.builds(Entry, st.sampled_from(EntryKind), names, namespaces),
    blocks())
destinations = st.builds(Destination, sources, some_ports)
intents = st.one_of(
    st.builds(Intent, some_ports.filter(bool), targets.map(lambda each: replace(each, ports=())),
              st.lists(sources, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(Intent, some_ports.filter(bool), workloads, st.just(()), st.just(Direction.EGRESS),
              st.lists(destinations, min_size=1, max_size=3).map(tuple)),
    st.builds(Intent, st.just(()), workloads, st.just(()), st.just(Direction.EGRESS),
              st.lists(destinations.filter(lambda each: bool(each.ports)), min_size=1, max_size=3).map(tuple)))

# ---- laws


@given(ports)
def test_a_port_that_is_written_can_be_read(port: PortSpec) -> None:
    assert parse_port(format_port(port)) == port


@given(targets)
def test_a_target_that_is_written_can_be_read(target: Target) -> None:
    assert parse_target(format_target(target)) == target


@given(sources)
def test_a_source_that_is_written_can_be_read(source: Source) -> None:
    assert parse_source(format_source(source)) == source


@given(destinations)
def test_a_destination_that_is_written_can_be_read(destination: Destination) -> None:
    assert parse_destination(format_destination(destination)) == destination


@given(intents)
def test_an_intent_that_is_written_can_be_read(intent: Intent) -> None:
    assert parse_intent(format_intent(intent)) == intent
    assert "\n" not in format_intent(intent)


@given(st.text(alphabet="ns/:.,[]=!() abw019@-", max_size=20) | st.text(max_size=12))
@pytest.mark.parametrize("parse", [parse_port, parse_ports, parse_target, parse_source, parse_destination, parse_intent])
def test_any_other_text_is_an_error_that_says_so(parse: object, text: str) -> None:
    try:
        parse(text)  # type: ignore[operator]
    except NetpolError as error:
        assert error.message


# ---- tables


@pytest.mark.parametrize(("text", "port"), [
    ("10022", PortSpec(10022)),
    ("10022/tcp", PortSpec(10022, None, "TCP")),
    ("ssh", PortSpec("ssh")),
    ("http-2/Udp", PortSpec("http-2", None, "UDP")),
    ("8080-http", PortSpec("8080-http")),
    ("30000-30100", PortSpec(30000, 30100)),
    ("all", ALL_PORTS),
    ("1-65535", ALL_PORTS),
    ("all/sctp", PortSpec(1, 65535, "SCTP")),
])
def test_ports(text: str, port: PortSpec) -> None:
    assert parse_port(text) == port


@pytest.mark.parametrize(("text", "problem"), [
    ("0", "out of range"), ("65536", "out of range"), ("9" * 5000, "out of range"), ("1-70000", "out of range"),
    ("5-4", "ends before it begins"),
    ("80/http", 'unknown protocol "http"'), ("SSH", "not a port"), ("", "not a port"), ("80/", "not a port"),
    ("-ssh", "not a port"), ("٣", "not a port"), ("80 ", "not a port"),
])
def test_what_is_no_port(text: str, problem: str) -> None:
    with pytest.raises(NetpolError, match=problem):
        parse_port(text)


@pytest.mark.parametrize(("text", "target"), [
    ("svc/gitlab", Target(SERVICE, "gitlab")),
    ("svc/gitlab:10022", Target(SERVICE, "gitlab", None, (PortSpec(10022),))),
    ("svc/gitlab:ssh", Target(SERVICE, "gitlab", None, (PortSpec("ssh"),))),
    ("svc/gitlab:80,10022/udp", Target(SERVICE, "gitlab", None, (PortSpec(80), PortSpec(10022, None, "UDP")))),
    ("svc/gitlab.other:80", Target(SERVICE, "gitlab", "other", (PortSpec(80),))),
    ("ns/x:svc/gitlab:80", Target(SERVICE, "gitlab", "x", (PortSpec(80),))),
    ("ns/x:svc", Target(SERVICE, None, "x")),
    ("deployment.apps/web", Target(DEPLOYMENT, "web")),
    ("deployments.v1.apps/web", Target(DEPLOYMENT, "web")),
    ("pod/web.1", Target(POD, "web.1")),
    ("Service/web", Target(SERVICE, "web")),
    ("netpol", Target(NETWORKPOLICY)),
    ("ns/gitlab", Target(TargetKind.NAMESPACE, "gitlab")),
])
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(("kind", "spellings"), [
    (SERVICE, "svc service services"),
    (POD, "po pod pods"),
    (DEPLOYMENT, "deploy deployment deployments deployments.apps"),
    (TargetKind.STATEFULSET, "sts statefulset statefulsets statefulsets.apps"),
    (TargetKind.DAEMONSET, "ds daemonset daemonsets daemonsets.apps"),
    (TargetKind.REPLICASET, "rs replicaset replicasets replicasets.apps"),
    (TargetKind.REPLICATIONCONTROLLER, "rc replicationcontroller replicationcontrollers"),
    (TargetKind.JOB, "job jobs jobs.batch"),
    (TargetKind.CRONJOB, "cj cronjob cronjobs cronjobs.batch"),
    (NETWORKPOLICY, "netpol networkpolicy networkpolicies networkpolicies.networking.k8s.io"),
    (TargetKind.NAMESPACE, "ns namespace namespaces"),
])
def test_kubectls_names_of_kinds(kind: TargetKind, spellings: str) -> None:
    assert {KINDS[spelling] for spelling in spellings.split()} == {kind}
    assert SHORT[kind] in spellings.split()


@pytest.mark.parametrize(("words", "names"), [
    ("svc gitlab", ["svc/gitlab"]),
    ("svc gitlab redis:6379", ["svc/gitlab", "svc/redis:6379"]),
    ("svc gitlab.shop", ["ns/shop:svc/gitlab"]),
    ("svc jobs", ["svc/jobs"]),
    ("svc/a deploy/b", ["svc/a", "deploy/b"]),
    ("netpol", ["netpol"]),
    ("", []),
])
def test_kubectls_words(words: str, names: list[str]) -> None:
    assert [format_target(target) for target in targets_of(words.split())] == names


@pytest.mark.parametrize(("text", "hint"), [
    ("web", "svc/web or deploy/web"),
    ("web:80/tcp", "svc/web:80/tcp"),
    ("servces", 'did you mean "services"?'),
    ("svcs/web", 'did you mean "svc/web"?'),
    ("anywhere", "--from anywhere"),
    ("10022", "allow 10022 on svc/NAME"),
    ("alow", 'did you mean "allow"?'),
    ("svc/Web", "lower-case"),
    ("svc/", "lower-case"),
    ("svc/a,svc/b", "commas do not separate"),
    ("ns/a:ns/b", "write ns/b"),
    ("netpol/x:80", "ports are those of Services"),
    ("", "svc/NAME"),
])
def test_what_is_no_target_gets_a_hint(text: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        parse_target(text)
    assert hint in error.value.hint


def test_two_namespaces_for_one_target_are_an_error() -> None:
    assert parse_target("ns/a:svc/x.a") == Target(SERVICE, "x", "a")
    with pytest.raises(NetpolError, match="two namespaces, a and b"):
        parse_target("ns/a:svc/x.b")


@pytest.mark.parametrize(("text", "source"), [
    ("anywhere", Anywhere()),
    ("same-namespace", SameNamespace()),
    ("cluster", Cluster()),
    ("app=web", Pods(WEB)),
    ("app=web,!old", Pods(parse_selector("app=web,!old"))),
    ("tier in (a,b)", Pods(parse_selector("tier in (a,b)"))),
    ("pods:app", Pods(parse_selector("app"))),
    ("pods:app=web", Pods(WEB)),
    ("ns/ci", Pods(EVERYTHING, "ci")),
    ("ns:team=web", Pods(EVERYTHING, None, parse_selector("team=web"))),
    ("ns/ci:app=web", Pods(WEB, "ci")),
    ("ns:team=web:app=web", Pods(WEB, None, parse_selector("team=web"))),
    ("cluster:app=web", Pods(WEB, None, EVERYTHING)),
    ("svc/redis", Object(SERVICE, "redis")),
    ("svc/redis.shop", Object(SERVICE, "redis", "shop")),
    ("ns/shop:deploy/web", Object(DEPLOYMENT, "web", "shop")),
    ("app.kubernetes.io/name=web", Pods(parse_selector("app.kubernetes.io/name=web"))),
    ("192.168.1.1", Block("192.168.1.1/32")),
    ("10.1.2.3/8", Block("10.0.0.0/8")),
    ("10.0.0.0/8 except 10.1.0.0/16", Block("10.0.0.0/8", ("10.1.0.0/16",))),
    ("10.0.0.0/8 except 10.1.0.0/16, 10.2.0.0/16,10.3.0.1", Block("10.0.0.0/8", ("10.1.0.0/16", "10.2.0.0/16", "10.3.0.1/32"))),
    ("2001:db8::1", Block("2001:db8::1/128")),
    ("2001:DB8::/32 except 2001:db8:1::/48", Block("2001:db8::/32", ("2001:db8:1::/48",))),
    ("::/0", Block("::/0")),
    ("ingress/web", Entry(EntryKind.INGRESS, "web")),
    ("ns/edge:gateway/web", Entry(EntryKind.GATEWAY, "web", "edge")),
])
def test_sources(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(("text", "hint"), [
    ("anywhre", 'did you mean "anywhere"?'),
    ("same-namespac", 'did you mean "same-namespace"?'),
    ("web", "svc/web, deploy/web or app=web"),
    ("deplo/web", 'did you mean "deploy/web"?'),
    ("svc/a,svc/b", "commas do not separate"),
    ("anywhere,cluster", "comma never separates"),
    ("app=web,ns/ci", "comma never separates"),
    ("app=web,anywhere", "comma never separates"),
    ("ns/a:anywhere", "ns/a for all of its pods"),
    ("ns/a:10.0.0.0/8", "ns/a for all of its pods"),
    ("ns/A", "lower-case"),
    ("svc/redis:80", "svc/NAME:PORT"),
    ("netpol/x", "a source is"),
    ("10.0.0.300", "192.168.1.1"),
    ("10.0.0.0/33", "192.168.1.1"),
    ("10.0.0.0/8 but 10.1.0.0/16", "except"),
    ("10.0.0.0/8 except", "except"),
    ("10.0.0.0/8 except 11.0.0.0/16", "part of the block"),
    ("10.0.0.0/8 except 10.0.0.0/8", "smaller than the block"),
    ("10.0.0.0/8 except 2001:db8::/48", "part of the block"),
    ("ns:", "kubectl get -l"),
    ("app=web:80", "no colon"),
    ("", "anywhere"),
])
def test_what_is_no_source_gets_a_hint(text: str, hint: str) -> None:
    with pytest.raises(NetpolError) as error:
        parse_source(text)
    assert hint in error.value.hint


@pytest.mark.parametrize(("text", "source", "ports_text"), [
    ("svc/redis:6379", "svc/redis", "6379"),
    ("ns/shop:svc/redis:6379", "ns/shop:svc/redis", "6379"),
    ("ns/shop:443", "ns/shop", "443"),
    ("10.0.0.1:443", "10.0.0.1", "443"),
    ("10.0.0.0/8:443/tcp", "10.0.0.0/8", "443/tcp"),
    ("[2001:db8::1]:443", "2001:db8::1", "443"),
    ("[10.0.0.0/8 except 10.1.0.0/16]:443", "10.0.0.0/8 except 10.1.0.0/16", "443"),
    ("anywhere:443,53/udp", "anywhere", "443,53/udp"),
    ("app=web:http", "app=web", "http"),
    ("cluster:http", "cluster", "http"),
    ("[cluster:app]", "cluster:app", ""),
    ("ns:app", "ns:app", ""),
    ("ns:app:80", "ns:app", "80"),
    ("pods:app", "pods:app", ""),
    ("2001:db8::1", "2001:db8::1", ""),
    ("svc/redis", "svc/redis", ""),
])
def test_destinations(text: str, source: str, ports_text: str) -> None:
    assert parse_destination(text) == Destination(parse_source(source), parse_ports(ports_text) if ports_text else ())


@pytest.mark.parametrize("text", [
    "allow 10022 on svc/gitlab from anywhere",
    "allow 80 and 443 on svc/x from ns/a and app=web",
    "allow 443 from deploy/web to 10.0.0.0/8",
    "allow from deploy/web to svc/redis:6379",
    "allow from on svc/x from anywhere",
    "allow 80 on ns/shop:svc/x from '10.0.0.0/8 except 10.1.0.0/16' and 'tier in (a,b)'",
    "allow all from deploy/web to svc/redis:6379 and '[2001:db8::1]:443'",
])
def test_an_intent_is_one_sentence(text: str) -> None:
    assert format_intent(parse_intent(text)) == text


@pytest.mark.parametrize("text", [
    "", "allow 80", "allow 80 on svc/x", "svc/x", "allow 80 on svc/x from anywhere allow 22 from ns/a",
    "allow 80 on svc/x and svc/y from anywhere",
    "svc/x allow 80 from anywhere", "allow 80 on svc/x from 'anywhere", "allow 80 svc/x from anywhere", "allow 80 on svc/x from", "and 80",
])
def test_what_is_no_intent(text: str) -> None:
    with pytest.raises(NetpolError):
        parse_intent(text)


@pytest.mark.parametrize(("words", "request_text"), [
    ("allow 10022 on svc gitlab from anywhere", "allow:10022 on:svc/gitlab from:anywhere"),
    ("allow ssh and 80/tcp on svc gitlab in shop from same-namespace and ns/ci",
     "allow:ssh allow:80/tcp on:ns/shop:svc/gitlab from:same-namespace from:ns/ci"),
    ("svc gitlab in shop from svc web in ci", "on:ns/shop:svc/gitlab from:ns/ci:svc/web"),
    ("from deploy web to svc redis", "from:deploy/web to:svc/redis"),
    ("allow on on svc x from ns a", "allow:on on:svc/x from:ns/a"),
    ("allow 80 on svc x from ns a and allow 22 from ns b", "allow:80 on:svc/x from:ns/a allow:22 from:ns/b"),
    ("svc gitlab redis", "on:svc/gitlab on:svc/redis"),
])
def test_words_say_the_same_as_flags(words: str, request_text: str) -> None:
    assert " ".join(f"{verb.value}:{text}" for verb, text in request_of(words.split())) == request_text


def test_words_of_blocks_and_selectors_need_no_quotes() -> None:
    request = request_of(["svc", "x", "from", "10.0.0.0/8", "except", "10.1.0.0/16", "and", "tier", "in", "(a,b)"])
    assert request[1:] == ((Verb.FROM, "10.0.0.0/8 except 10.1.0.0/16"), (Verb.FROM, "tier in (a,b)"))


@pytest.mark.parametrize(("words", "target", "wish"), [
    ("allow 80 from anywhere to svc gitlab", "svc/gitlab", Wish((PortSpec(80),), (Anywhere(),))),
    ("allow 80 from ns ci to svc gitlab", "svc/gitlab", Wish((PortSpec(80),), (Pods(EVERYTHING, "ci"),))),
    ("allow 80 from deploy web to svc gitlab", "deploy/web", Wish((PortSpec(80),), (), (Destination(Object(SERVICE, "gitlab")),))),
    ("svc/gitlab:80 from anywhere", "svc/gitlab:80", Wish((), (Anywhere(),))),
])
def test_from_and_to_together(words: str, target: str, wish: Wish) -> None:
    assert wished(request_of(words.split())) == ((parse_target(target),), (wish,))


def test_an_intent_takes_the_ports_of_its_target_where_none_are_allowed() -> None:
    intent = intent_of(parse_target("svc/gitlab:80"), Wish((), (Anywhere(),)))
    assert format_intent(intent) == "allow 80 on svc/gitlab from anywhere"
