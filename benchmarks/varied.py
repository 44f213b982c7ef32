"""Clusters in which one amount alone is large, where scale/generate.py has no option for it.

    varied.py classes SIZE PODS --out DIR       so many pods of so many distinct label sets, each told apart by policies
    varied.py namespaces SIZE PODS --out DIR    a mixed cluster of so many pods, and so many namespaces without any
"""
import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from objects import Cluster, Object, app, cluster_of, labelled, namespace, pods_of, policy, served, shares, stateful, tcp, write

NAMESPACES, OF_A_SET = 40, 100


def classes(size: int, pods: int) -> Iterator[Object]:
    """
    A class is a number whose bits are labels of the pod: bit-3=on. A policy for each bit of each namespace tells all of them apart,
    so policies and Services are as many for few classes as for many.
    """
    cluster = cluster_of(100, pods)
    yield from cluster.objects()
    bits = max(pods // NAMESPACES - 1, 1).bit_length()
    for number, (some, members) in enumerate(zip(shares(size, NAMESPACES), shares(pods, NAMESPACES))):
        yield from flagged(cluster, f"flagged-{number:02}", members, some, bits)


def flagged(cluster: Cluster, name: str, pods: int, some: int, bits: int) -> Iterator[Object]:
    yield namespace(cluster, name, team="platform")
    for part, replicas in enumerate(shares(pods, -(-pods // OF_A_SET))):
        shard = app(f"shard-{part}", name, replicas)
        made = stateful(cluster, shard)
        for index, pod in enumerate(pods_of(made)):
            pod["metadata"]["labels"] = {**shard.labels, **flags((part * OF_A_SET + index) % some, bits), "tier": "data"}
            thin(pod)
        yield from made
        if part < 6:
            yield from served(cluster, shard, shard.name, pods_of(made))
    for bit in range(bits):
        yield policy(cluster, name, f"of-bit-{bit}", labelled(**{f"bit-{bit}": "on"}), [{"podSelector": labelled(**{f"bit-{bit}": "off"})}],
                     [tcp(8080)])


def flags(number: int, bits: int) -> dict[str, str]:
    return {f"bit-{bit}": "on" if number >> bit & 1 else "off" for bit in range(bits)}


def thin(pod: Object) -> None:
    """Leaves out what takes most of its bytes: 100,000 pods are to be read, again and again."""
    spec = pod["spec"]
    pod["spec"] = {"containers": [{name: each[name] for name in ("image", "name", "ports")} for each in spec["containers"]],
                   "nodeName": spec["nodeName"]}


def namespaces(size: int, pods: int) -> Iterator[Object]:
    cluster = cluster_of(pods, 0)
    yield from cluster.objects()
    for number in range(size):
        team, env = cluster.random.choice(("payments", "platform", "orders", "review")), cluster.random.choice(("prod", "dev"))
        yield namespace(cluster, f"{team}-preview-{number:06}", team=team, env=env)


VARIED: dict[str, Callable[[int, int], Iterator[Object]]] = {"classes": classes, "namespaces": namespaces}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=VARIED)
    parser.add_argument("size", type=int)
    parser.add_argument("pods", type=int)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write(VARIED[options.name](options.size, options.pods), options.out)


if __name__ == "__main__":
    main()
