"""Which fields do we read of what has pods called by others than pods: by the API server, and by what gathers metrics?

Sources: kubernetes/api admissionregistration/v1 types.go, kube-aggregator pkg/apis/apiregistration/v1 types.go,
apiextensions-apiserver pkg/apis/apiextensions/v1 types.go, prometheus-operator pkg/apis/monitoring/v1.
"""
from typing import Any

from msgspec import Struct

from kubectl_netpol.api.metadata import LabelSelector, Metadata


class ServiceReference(Struct, frozen=True):
    """"If specified, the port on the service that hosting webhook. Default to 443 for backward compatibility"."""

    namespace: str
    name: str
    port: int | None = None


class WebhookClientConfig(Struct, frozen=True):
    """"Exactly one of `url` or `service` must be specified." What a URL names is not known here."""

    service: ServiceReference | None = None


class Webhook(Struct, frozen=True, rename="camel"):
    client_config: WebhookClientConfig = WebhookClientConfig()


class WebhookConfiguration(Struct, frozen=True):
    """ValidatingWebhookConfiguration and MutatingWebhookConfiguration."""

    metadata: Metadata
    webhooks: tuple[Webhook, ...] | None = None


class APIServiceSpec(Struct, frozen=True):
    """"If the Service is nil, that means the handling for the API groupversion is handled locally on this server"."""

    service: ServiceReference | None = None


class APIService(Struct, frozen=True):
    metadata: Metadata
    spec: APIServiceSpec = APIServiceSpec()


class WebhookConversion(Struct, frozen=True, rename="camel"):
    client_config: WebhookClientConfig | None = None


class CustomResourceConversion(Struct, frozen=True):
    strategy: str | None = None                                 # None, or Webhook, which webhook is required for
    webhook: WebhookConversion | None = None


class CustomResourceDefinitionSpec(Struct, frozen=True):
    conversion: CustomResourceConversion | None = None


class CustomResourceDefinition(Struct, frozen=True):
    """Its schemas, which can be long, are passed over."""

    metadata: Metadata
    spec: CustomResourceDefinitionSpec = CustomResourceDefinitionSpec()


class NamespaceSelector(Struct, frozen=True, rename="camel"):
    """Of monitors: neither of both is their own namespace."""

    any: bool | None = None
    match_names: tuple[str, ...] | None = None


class MetricsEndpoint(Struct, frozen=True, rename="camel"):
    """Endpoint of a ServiceMonitor: port is the name of a Service port. PodMetricsEndpoint of a PodMonitor: it is that of a port of a
    container. targetPort and portNumber are ports of the pods, which a container must declare."""

    port: str | None = None
    target_port: int | str | None = None
    port_number: int | None = None


class MonitorSpec(Struct, frozen=True, rename="camel"):
    selector: LabelSelector | None = None                       # of Services, or of pods
    namespace_selector: NamespaceSelector | None = None
    endpoints: tuple[MetricsEndpoint, ...] | None = None
    pod_metrics_endpoints: tuple[MetricsEndpoint, ...] | None = None


class ServiceMonitor(Struct, frozen=True):
    metadata: Metadata
    spec: MonitorSpec = MonitorSpec()


class PodMonitor(Struct, frozen=True):
    metadata: Metadata
    spec: MonitorSpec = MonitorSpec()


MONITORING_GROUP = "monitoring.coreos.com"
WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
OF_API_SERVER = (*WEBHOOKS, "APIService", "CustomResourceDefinition")     # all of the cluster
MONITORS = ("ServiceMonitor", "PodMonitor")
KINDS: dict[tuple[str, str], Any] = {
    **{("admissionregistration.k8s.io", kind): WebhookConfiguration for kind in WEBHOOKS},
    ("apiregistration.k8s.io", "APIService"): APIService, ("apiextensions.k8s.io", "CustomResourceDefinition"): CustomResourceDefinition,
    (MONITORING_GROUP, "ServiceMonitor"): ServiceMonitor, (MONITORING_GROUP, "PodMonitor"): PodMonitor}
