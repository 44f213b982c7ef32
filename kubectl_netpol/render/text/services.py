"""Who may reach each Service port, and by which policy?"""
from collections.abc import Iterator, Sequence
from itertools import groupby

from kubectl_netpol.render.layout import Column, Line, Page, Row, Span, at_most, line, paragraph, sections, table
from kubectl_netpol.render.style import Role, verdict_role
from kubectl_netpol.render.text.answers import steps
from kubectl_netpol.render.text.findings import findings
from kubectl_netpol.render.text.isolation import isolated, unprotected
from kubectl_netpol.render.text.policies import POLICIES, access_table, rules
from kubectl_netpol.render.words import access_source, home_of, listed, object_names, policy_names, sentence, service_port
from kubectl_netpol.reports import (
    NamespaceReport,
    Port,
    PortAccess,
    ServiceAccess,
    ServiceMap,
    ServiceReport,
)

OPEN = {"anywhere", "outside"}          # sources for which it matters whether a port is published
ADDRESSES = 2
EMPTY = Span("")


def service_map(report: ServiceMap, page: Page) -> Iterator[Line]:
    home = home_of([*(each.namespace for each in report.services), *(each.namespace for each in report.unprotected)])
    return sections(
        service_table(report.services, page, home),
        unprotected(report.unprotected, page, home),
        findings(report.findings, page, home),
    )


def service_report(report: ServiceReport, page: Page) -> Iterator[Line]:
    service, home = report.service, report.service.namespace
    return sections(
        [line(sentence("service", {"name": service.name, "type": service.type}), Role.HEADING)],
        service_table((service,), page, home),
        steps(report.steps, page, home),
        rules(report.rules, page, home),
        findings(report.findings, page, home),
    )


def namespace_report(report: NamespaceReport, page: Page) -> Iterator[Line]:
    home = report.namespace
    return sections(
        [line(sentence("namespace", {"name": home}), Role.HEADING)],
        service_table(report.services, page, home),
        isolated(report.isolated, page, home),
        unprotected(report.unprotected, page, home),
        access_table("LEAVES TO", report.leaves, page, home),
        findings(report.findings, page, home),
    )


# ---- the table of Service ports


def service_table(services: Sequence[ServiceAccess], page: Page, home: str | None) -> Iterator[Line]:
    if not services:
        yield line(sentence("no-services", {}))
        return
    several, more = home is None, page.wide
    columns = (*(Column("NAMESPACE"),) * several, Column("SERVICE"), *(Column("TYPE"),) * more, Column("PORT"), Column("POD PORT"),
               Column("PODS"), *(Column("PUBLISHED"), Column("WORKLOADS")) * more, Column("ADMITS", wraps=True), Column("BY", wraps=True))
    yield from table(columns, (row for service in services for row in service_rows(service, page, several=several)), page)
    for service in services:
        for note in service.notes if service.ports else ():
            facts = {"text": f"{f'ns/{service.namespace}:' if several else ''}svc/{service.name}: {note}"}
            yield from paragraph(sentence("note", facts), page, indent="  ")


def service_rows(service: ServiceAccess, page: Page, *, several: bool) -> Iterator[Row]:
    lead = (*(Span(service.namespace),) * several, Span(f"svc/{service.name}"), *(Span(service.type),) * page.wide)
    for port in service.ports:
        cells = (*lead, *port_cells(port, page, service.namespace))
        for number, terms in enumerate(port_terms(port, page, service.namespace)):
            yield (*(EMPTY if number else cell for cell in cells), *terms)
    if not service.ports:
        yield (*lead, *(Span("-"),) * (5 if page.wide else 3), Span(", ".join(service.notes) or "-"), EMPTY)


def port_cells(port: PortAccess, page: Page, home: str) -> Row:
    pod_ports = ", ".join(dict.fromkeys(str(backend.port) for backend in port.backends)) or port.target_port
    pods, ready = sum(backend.pods for backend in port.backends), sum(backend.ready for backend in port.backends)
    cells = (Span(service_port(Port(port.name, port.port, port.protocol))), Span(pod_ports), Span(f"{ready}/{pods}"))
    if not page.wide:
        return cells
    workloads = dict.fromkeys(name for backend in port.backends for name in object_names(backend.workloads, home))
    return (*cells, Span(", ".join(port.published) or "-"), Span(", ".join(workloads) or "-"))


def port_terms(port: PortAccess, page: Page, home: str) -> list[Row]:
    """(ADMITS, BY): a row for the sources that the same policies treat alike."""
    open_to_all = any(access.source in OPEN and access.verdict != "denied" for access in port.access)
    published = "" if page.wide else published_text(port.published, open_to_all=open_to_all)
    alone = all(access.verdict == "denied" for access in port.access)
    rows: list[Row] = []
    for (verdict, _), group in groupby(port.access, key=lambda access: (access.verdict, policy_names(access, home))):
        alike = list(group)
        admits = admitted(verdict, [access_source(access) for access in alike], alone=alone) + ("" if rows else published)
        policies = policy_names(alike[0], home, at_most(POLICIES, page))
        refuses = any(policy.rule is not None for policy in alike[0].policies)
        rows.append((Span(admits, verdict_role(verdict)), Span(said_by(verdict, policies, refuses=refuses))))
    return rows or [(Span(sentence("nobody", {}) + published, Role.DENIED), EMPTY)]


def published_text(addresses: Sequence[str], *, open_to_all: bool) -> str:
    if addresses:
        return f" ({listed(addresses, ADDRESSES)})"
    return f" ({sentence('not-published', {})})" if open_to_all else ""


def admitted(verdict: str, sources: list[str], *, alone: bool) -> str:
    source = ", ".join(sources)
    match verdict:
        case "allowed": return source
        case "denied": return sentence("nobody", {}) if alone else sentence("not", {"source": source})
        case "no-endpoints": return sentence("no-endpoints", {})
        case _: return sentence("unsure", {"source": source, "verdict": verdict})


def said_by(verdict: str, policies: str, *, refuses: bool) -> str:
    """refuses: by rules that say so, not for want of one that admits."""
    if not policies:
        return sentence("no-policy", {}) if verdict == "allowed" else ""
    return sentence("refused-by" if refuses else "isolated-by", {"policies": policies}) if verdict == "denied" else policies
