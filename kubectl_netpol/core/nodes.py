"""Which nodes are there, and at which addresses?"""
from kubectl_netpol import api
from kubectl_netpol.core.addresses import Addresses, parse_address, union
from kubectl_netpol.core.selectors import Selector, matches
from kubectl_netpol.snapshot import Listing, Snapshot


def addresses_of_node(node: api.Node) -> Addresses:
    """Its own: names of hosts are among them, too."""
    found = []
    for each in (node.status and node.status.addresses) or ():
        try:
            start = parse_address(each.address)
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
