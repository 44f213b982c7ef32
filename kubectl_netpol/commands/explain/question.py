"""What was asked? One source, one target, and the pod ports behind it."""
from msgspec import Struct
from msgspec.structs import replace

from kubectl_netpol import api
from kubectl_netpol.core.destinations import Spot
from kubectl_netpol.core.endpoints import published_at, type_of
from kubectl_netpol.core.resolve import Ends
from kubectl_netpol.core.targets import Entry, Object, Target, format_source
from kubectl_netpol.options import AtNode, Served


class Question(Struct, frozen=True):
    """Whether the ends may reach the spots. home is the namespace that sources without one mean."""

    ends: Ends
    target: Target                                              # with its namespace
    home: str
    spots: tuple[Spot, ...]
    service: api.Service | None = None
    port: api.ServicePort | None = None
    said: str = ""                                              # a destination that is no object: then the target is the source
    destination: Ends | None = None                             # the same
    at_node: AtNode | None = None                               # dialled at a load balancer's or a node's address
    served: tuple[Served, ...] = ()                             # by a host that an Ingress, Gateway or Route serves

    @property
    def is_name_only(self) -> bool:
        """An ExternalName is a name of DNS: what stands behind it is not known here."""
        return self.service is not None and type_of(self.service) == "ExternalName"

    @property
    def published(self) -> tuple[str, ...]:
        """Where the port can be dialled from outside, when somebody outside asks."""
        if self.service is None or self.port is None or not self.ends.addresses:
            return ()
        return published_at(self.service, self.port)

    @property
    def source_text(self) -> str:
        """As it can be typed beside the target: a source without a namespace means the target's."""
        source = self.ends.source
        if isinstance(source, Object | Entry):
            namespace = source.namespace or self.home
            source = replace(source, namespace=None if self.target.namespace == namespace else namespace)
        return format_source(source)

    @property
    def place(self) -> str:
        """The namespace that need not be said in the answer."""
        return self.target.namespace or ""
