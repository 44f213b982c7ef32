"""What do policies mean, rule by rule, for a Service's pods, for a workload, and for the namespace of a policy?"""
from collections.abc import Iterator, Sequence
from itertools import groupby

from kubectl_netpol.render.layout import Column, Line, Page, Span, at_most, line, paragraph, sections, table
from kubectl_netpol.render.style import Role, verdict_role
from kubectl_netpol.render.text.changes import change_table
from kubectl_netpol.render.text.findings import findings
from kubectl_netpol.render.words import access_source, count, listed, object_name, object_names, policy_name, policy_names, sentence
from kubectl_netpol.reports import Access, PolicyReport, RuleMeaning, WorkloadReport

POLICIES = 10                           # that say one thing, and are named


def policy_report(report: PolicyReport, page: Page) -> Iterator[Line]:
    home = report.policy.namespace
    return sections(
        policy_heading(report, page),
        rules(report.rules, page, home),
        without(report, page),
        findings(report.findings, page, home),
    )


def policy_heading(report: PolicyReport, page: Page) -> Iterator[Line]:
    yield from paragraph(policy_sentence(report, page), page, indent="  ", role=Role.HEADING)
    for intent in report.intents:
        yield from paragraph(sentence("recorded-intent", {"intent": intent}), page, indent="  ")


def without(report: PolicyReport, page: Page) -> Iterator[Line]:
    if report.without is None:
        return
    yield line(sentence("without-it" if report.without else "without-it-nothing", {}))
    yield from change_table(report.without, page, report.policy.namespace, indent=2)


def policy_sentence(report: PolicyReport, page: Page) -> str:
    code = "policy-selects-nothing" if not report.selects else "policy-isolates" if report.isolates else "policy-selects"
    workloads = listed(object_names(report.selects, report.policy.namespace), at_most(10, page))
    policy = object_name(report.policy, report.policy.namespace)
    return sentence(code, {"policy": policy, "workloads": workloads, "directions": listed(report.isolates)})


def workload_report(report: WorkloadReport, page: Page) -> Iterator[Line]:
    home = report.workload.namespace
    facts = {"workload": object_name(report.workload, home), "pods": count(report.pods, "pod"), "services": listed(report.services)}
    return sections(
        paragraph(sentence("workload-behind" if report.services else "workload", facts), page, indent="  ", role=Role.HEADING),
        access_table("ADMITS", report.ingress, page, home),
        access_table("REACHES", report.egress, page, home),
        rules(report.rules, page, home),
        findings(report.findings, page, home),
    )


def access_table(heading: str, those: Sequence[Access], page: Page, home: str) -> Iterator[Line]:
    """Sources or destinations, each with its verdict and the policies that say so."""
    if those:
        yield from table((Column(heading, wraps=True), Column("VERDICT"), Column("BY", wraps=True)), (
            (Span(access_source(each)), Span(each.verdict, verdict_role(each.verdict)),
             Span(policy_names(each, home, at_most(POLICIES, page)) or sentence("no-policy", {})))
            for each in those), page)


def rules(meanings: Sequence[RuleMeaning], page: Page, home: str) -> Iterator[Line]:
    """A section for each policy, its rules below its name."""
    policies = groupby(meanings, key=lambda meaning: policy_name(meaning.policy, home))
    return sections(*[rules_of(policy, list(those), page) for policy, those in policies])


def rules_of(policy: str, meanings: Sequence[RuleMeaning], page: Page) -> Iterator[Line]:
    yield line(policy, Role.HEADING)
    for meaning in meanings:
        yield from paragraph(rule_sentence(meaning), page, first="  ", indent="    ")
        if meaning.services:
            services = ", ".join(meaning.services)
            yield from paragraph(sentence("rule-services", {"services": services}), page, first="    ", indent="      ")
        if meaning.effect:
            yield from paragraph(meaning.effect, page, first="    ", indent="      ")


def rule_sentence(meaning: RuleMeaning) -> str:
    direction = meaning.policy.direction
    if meaning.policy.rule is None:
        return sentence("isolates", {"direction": direction})
    ports = f"{'port' if len(meaning.ports) == 1 else 'ports'} {', '.join(meaning.ports)}" if meaning.ports else "all ports"
    facts = {"rule": f"{direction} rule {meaning.policy.rule}", "ports": ports, "peers": ", ".join(meaning.peers)}
    return sentence("rule-ports" if not meaning.peers else "rule-from" if direction == "ingress" else "rule-to", facts)
