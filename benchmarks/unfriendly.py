"""Which clusters are unfriendly, though each of them may be somebody's?

    unfriendly.py NAME SIZE BACKGROUND --out DIR        a mixed cluster of BACKGROUND pods, and the shape of that name and size
"""
import argparse
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from itertools import count, islice
from pathlib import Path

from objects import Cluster, Object, app, cluster_of, labelled, namespace, pods_of, policy, served, shares, stateful, tcp, write

POD_NAME, POD_INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
NAME = "app.kubernetes.io/name"
BY_NAME = "kubernetes.io/metadata.name"


def own_classes(cluster: Cluster, size: int) -> Iterator[Object]:
    for number, pods in enumerate(shares(size, size // 200)):
        name = f"shape-{number:04}"
        yield namespace(cluster, name)
        for part, replicas in enumerate(shares(pods, 4)):
            broker = app(f"broker-{part}", name, replicas)
            made = stateful(cluster, broker)
            yield from made
            members = pods_of(made)
            yield from served(cluster, broker, broker.name, members)
            primary = labelled(**{POD_INDEX: "0", NAME: broker.name})
            yield policy(cluster, name, f"primary-of-{part}", primary, [{"podSelector": {}}], [])
            for pod in members[::5]:
                own = {POD_NAME: pod["metadata"]["name"]}
                yield from served(cluster, broker, pod["metadata"]["name"], members, own)
                before = {"podSelector": {"matchLabels": {POD_INDEX: pod["metadata"]["labels"][POD_INDEX]}}}
                yield policy(cluster, name, pod["metadata"]["name"], {"matchLabels": own}, [before], [tcp(8080)])


def same_pods(cluster: Cluster, size: int) -> Iterator[Object]:
    tenant = app("gateway", "shape", 10)
    made = list(cluster.namespace("shape", {}, [tenant], 0, []))
    yield from made
    for number in range(size):
        yield from served(cluster, tenant, f"customer-{number}", pods_of(made))
    yield policy(cluster, "shape", "from-office", labelled(**{NAME: "gateway"}), [{"ipBlock": {"cidr": "10.4.0.0/16"}}], [tcp("http")])


def one_namespace(cluster: Cluster, size: int) -> Iterator[Object]:
    apps = list(cluster.apps("shape", size))
    made = list(cluster.namespace("shape", {"team": "platform"}, apps, 0, islice(cluster.policies(apps), size // 4)))
    yield from made
    for each in apps[::8]:
        yield from served(cluster, each, each.name, pods_of(made))
    yield from served(cluster, apps[0], "all", pods_of(made), {"app.kubernetes.io/part-of": "shape"})


def blocks_of_a_policy(cluster: Cluster, size: int) -> Iterator[Object]:
    yield from small_namespace(cluster, "shape")
    yield policy(cluster, "shape", "from-customers", labelled(**{NAME: "web"}), [block(cluster) for _ in range(size)], [tcp(8080)])


def named_peers(cluster: Cluster, size: int) -> Iterator[Object]:
    peers = []
    for number in range(size):
        name, client = f"client-{number:05}", app(f"client-{number % 7}", f"client-{number:05}", 2)
        yield from cluster.namespace(name, {"team": "orders"}, [client], 0, [])
        peers.append({"namespaceSelector": labelled(**{BY_NAME: name}), "podSelector": labelled(**{NAME: client.name})})
    yield from small_namespace(cluster, "shape")
    yield policy(cluster, "shape", "from-clients", labelled(**{NAME: "web"}), peers, [tcp(8080)])


def blocks_of_policies(cluster: Cluster, size: int) -> Iterator[Object]:
    for number, policies in enumerate(shares(size, size // 50)):
        name = f"shape-{number:03}"
        apps = [app(f"web-{part}", name, 5) for part in range(10)]
        yield from cluster.namespace(name, {"team": "payments"}, apps, 5, [])
        for part in range(policies):
            selector = labelled(**{NAME: f"web-{part % 10}"})
            yield policy(cluster, name, f"from-customer-{part}", selector, [block(cluster) for _ in range(100)], [tcp(8080)])


def expressions(cluster: Cluster, size: int) -> Iterator[Object]:
    for number, pods in enumerate(shares(size, size // 50)):
        name = f"shape-{number:04}"
        apps = list(cluster.apps(name, pods))
        yield from cluster.namespace(name, {"team": cluster.random.choice(("orders", "media")), "env": "prod"}, apps, 6, [])
        names = [each.name for each in apps]
        for part in range(pods // 4):
            peers = [{"podSelector": expressed(cluster, names)},
                     {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["media", "search"]},
                                                                 {"key": "env", "operator": "Exists"}]},
                      "podSelector": expressed(cluster, names)}]
            yield policy(cluster, name, f"rule-{part}", expressed(cluster, names), peers, [tcp("http")])


def expressed(cluster: Cluster, names: list[str]) -> Object:
    """Three requirements, one of them with or without some of the names."""
    some = sorted(cluster.random.sample(names, min(3, len(names))))
    tiers = sorted(cluster.random.sample(("frontend", "backend", "data", "edge"), 2))
    of_tier = cluster.random.choice(({"key": "tier", "operator": "Exists"}, {"key": "tier", "operator": "NotIn", "values": tiers}))
    return {"matchExpressions": [{"key": NAME, "operator": cluster.random.choice(("In", "NotIn")), "values": some}, of_tier,
                                 {"key": "job-name", "operator": "DoesNotExist"}]}


def ingress_rules(cluster: Cluster, size: int) -> Iterator[Object]:
    controller = app("ingress-nginx", "ingress-nginx", 2, [{"containerPort": 80, "name": "http", "protocol": "TCP"}])
    yield from cluster.namespace("ingress-nginx", {}, [controller], 1, [])
    metadata = {"creationTimestamp": "2026-01-12T08:30:00Z", "name": "nginx"}
    spec = {"controller": "k8s.io/ingress-nginx"}
    yield {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata, "spec": spec}
    apps = [app(f"web-{part}", "shape", 5) for part in range(40)]
    made = list(cluster.namespace("shape", {"team": "support"}, apps, 0, []))
    yield from made
    for each in apps:
        yield from served(cluster, each, each.name, pods_of(made))
        yield policy(cluster, "shape", f"to-{each.name}", labelled(**{NAME: each.name}),
                     [{"namespaceSelector": labelled(**{BY_NAME: "ingress-nginx"})}], [tcp("http")])
    rules = [{"host": f"customer-{number}.example.com", "http": {"paths": [{
        "backend": {"service": {"name": apps[number % 40].name, "port": {"name": "http"}}}, "path": "/", "pathType": "Prefix"}]}}
        for number in range(size)]
    yield {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {**metadata, "name": "customers", "namespace": "shape"},
           "spec": {"ingressClassName": "nginx", "rules": rules}, "status": {"loadBalancer": {"ingress": [{"ip": "192.168.255.1"}]}}}


def selectorless(cluster: Cluster, size: int) -> Iterator[Object]:
    """A half stands for addresses outside, a half for pods whose addresses somebody wrote down."""
    for number, services in enumerate(shares(size, size // 100)):
        name, outside = f"shape-{number:03}", count(2)
        made = list(small_namespace(cluster, name))
        yield from made
        pods = pods_of(made)
        for part in range(services):
            service, *_ = served(cluster, app("web", name, 0), f"legacy-{part}", [])
            del service["spec"]["selector"]
            addresses = [f"192.0.2.{next(outside)}"] if part % 2 else [pod["status"]["podIP"] for pod in pods[part % 10::5]]
            yield service
            yield by_hand(cluster, service, addresses)


def by_hand(cluster: Cluster, service: Object, addresses: list[str]) -> Object:
    name, of_namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    made: Object = cluster.make(
        "EndpointSlice", name=f"{name}-1", generate_name=..., namespace=of_namespace, service=name, service_uid="",
        ports=[{"name": port["name"], "port": 8080, "protocol": port["protocol"]} for port in service["spec"]["ports"]],
        endpoints=[{"addresses": [address], "conditions": {"ready": True}} for address in addresses])
    del made["metadata"]["ownerReferences"]
    made["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = "staff"
    return made


def many_ports(cluster: Cluster, size: int) -> Iterator[Object]:
    yield from small_namespace(cluster, "shape")
    yield policy(cluster, "shape", "ports-of-calls", labelled(**{NAME: "web"}), [{"podSelector": {}}, {"ipBlock": {"cidr": "10.4.0.0/16"}}],
                 [tcp(10000 + 7 * number) for number in range(size)])


def one_workload(cluster: Cluster, size: int) -> Iterator[Object]:
    cache = app("cache", "shape", size)
    yield namespace(cluster, "shape", team="platform")
    made = stateful(cluster, cache)
    yield from made
    yield from served(cluster, cache, "cache", pods_of(made))
    own = labelled(**{NAME: "cache"})
    yield policy(cluster, "shape", "from-cache", own, [{"podSelector": own}], [tcp(8080)])
    yield policy(cluster, "shape", "from-orders", own, [{"namespaceSelector": labelled(team="orders")}], [tcp("http")])


def small_namespace(cluster: Cluster, name: str) -> Iterator[Object]:
    """50 pods of 10 applications, of which one is web, 6 Services and a few policies."""
    apps = [app("web" if part == 0 else f"api-{part}", name, 5) for part in range(10)]
    made = list(cluster.namespace(name, {"team": "payments"}, apps, 0, islice(cluster.policies(apps), 4)))
    yield from made
    for each in apps[:6]:
        yield from served(cluster, each, each.name, pods_of(made))


def block(cluster: Cluster) -> Object:
    """A random network outside, every tenth with a hole."""
    prefix = cluster.random.randint(16, 32)
    address = cluster.random.randrange(11 << 24, 127 << 24) >> (32 - prefix) << (32 - prefix)
    network = IPv4Network((address, prefix))
    hole = {"except": [str(IPv4Network((address, prefix + 2)))]} if prefix <= 24 and cluster.random.random() < 0.1 else {}
    return {"ipBlock": {"cidr": str(network), **hole}}


Shape = Callable[[Cluster, int], Iterator[Object]]
SHAPES: dict[str, Shape] = {
    "own-classes": own_classes, "same-pods": same_pods, "one-namespace": one_namespace, "blocks-of-a-policy": blocks_of_a_policy,
    "named-peers": named_peers, "blocks-of-policies": blocks_of_policies, "expressions": expressions, "ingress-rules": ingress_rules,
    "selectorless": selectorless, "many-ports": many_ports, "one-workload": one_workload}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=SHAPES)
    parser.add_argument("size", type=int)
    parser.add_argument("background", type=int)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cluster = cluster_of(options.background, 3 * options.size)
    write(objects(cluster, SHAPES[options.name], options.size), options.out)


def objects(cluster: Cluster, shape: Shape, size: int) -> Iterator[Object]:
    yield from cluster.objects()
    yield from shape(cluster, size)


if __name__ == "__main__":
    main()
