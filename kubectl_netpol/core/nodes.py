"""Which nodes are there, and at which addresses?"""
from collections.abc import Iterable

from kubectl_netpol import api
from kubectl_netpol.core.addresses import Addresses, parse_address, union
from kubectl_netpol.core.selectors import Selector, matches
from kubectl_netpol.snapshot import Listing, Snapshot


def addresses_of_node(node: api.Node) -> Addresses:
    """Its own: names of hosts are among them, too."""
    return _addresses(each.address for each in (node.status and node.status.addresses) or ())


def known_addresses(snapshot: Snapshot) -> Addresses:
    """Of nodes, by the Nodes and by what pods say of the one that they run on."""
    hosts = {pod.status.host_ip for pod in snapshot.pods.values() if pod.status is not None and pod.status.host_ip}
    return union([*map(addresses_of_node, snapshot.nodes.values()), _addresses(hosts)])


def _addresses(texts: Iterable[str]) -> Addresses:
    """Those that are one."""
    found = []
    for text in texts:
        try:
            start = parse_address(text)
        except ValueError:
            continue
        found.append(Addresses(((start, start + 1),)))
    return union(found)


def node_addresses(selector: Selector, snapshot: Snapshot) -> Addresses | None:
    """Of the nodes with some labels; None where it is not known which nodes there are: manifests seldom hold any."""
    if not are_nodes_known(snapshot):
        return None
    return union([addresses_of_node(node) for node in snapshot.nodes.values() if matches(selector, node.metadata.labels or {})])


def are_nodes_known(snapshot: Snapshot) -> bool:
    return bool(snapshot.nodes) or (snapshot.read is not None and snapshot.has_read(Listing("Node")))
