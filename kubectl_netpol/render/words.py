"""How is it said? Every sentence and every word form stands here, once; those of findings in mistakes.py."""
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET

from kubectl_netpol.render.mistakes import MISTAKES
from kubectl_netpol.reports import Access, ObjectRef, PodPorts, PolicyRef, Port

SENTENCES = {
    # the answer as a whole
    "as-if": "as if with {changes}, on {base}",
    "gap": "not read: {what}: {reason}",
    "gap-forbidden": "not read, the right is missing: {what}",
    "defeated": "{policies} refuses what is wanted, or a part of it, before any NetworkPolicy is asked: {intent}",
    "egress-without-effect": "{plugin} does not police egress, so what is written for it has no effect",
    "both-ports":
        "{plugin} checks egress before a Service has rewritten the address: the port of the Service stands beside that of its pods, and "
        "pods are selected by the labels that the Service selects",
    "without-effect": "nothing here enforces policies (--cni {plugin}), so what is written has no effect",
    "unproved": "unproved, as the right to {permission} is missing: {intent}",
    "seen-namespaces": "the namespaces that may be read: {namespaces}",
    "note": "note: {text}",
    "plugin-runs": "judged as {plugin} does, as {objects} runs in namespace {namespace}",
    "plugin-k3s": "judged as {plugin} does, which k3s runs within itself unless told otherwise",
    "plugin-alone": "nothing enforces policies, as far as can be seen: {objects} in namespace {namespace} does not",
    "plugin-several": "judged as the API promises of every plugin, as several are there: {objects}",
    "plugin-nothing": "judged as the API promises of every plugin, as nothing tells which one it is",
    "plugin-unread": "judged as the API promises of every plugin, as the right to list daemonsets is missing",

    # Services and workloads
    "no-findings": "no findings",
    "no-services": "no Services",
    "no-connections": "no connections",
    "under-no-policy": "under no policy, so open to every source: {workloads}",
    "isolated": "isolated for {direction}: {workloads}",
    "isolated-by": "isolated by {policies}",
    "refused-by": "refused by {policies}",
    "nobody": "nobody",
    "no-endpoints": "no endpoints",
    "not": "not {source}",
    "unsure": "{source} ({verdict})",
    "nobody-now": "{source} (none now)",
    "no-policy": "no policy",
    "not-published": "not published",
    "namespace": "ns/{name}",
    "service": "svc/{name}, {type}",
    "workload": "{workload}, {pods}",
    "workload-behind": "{workload}, {pods}, behind {services}",

    # policies
    "policy-isolates": "{policy} isolates {workloads} for {directions}",
    "policy-selects": "{policy} selects {workloads} and isolates nothing",
    "policy-selects-nothing": "{policy} selects no workload",
    "isolates": "isolates for {direction}",
    "rule-from": "{rule}: {ports} from {peers}",
    "rule-to": "{rule}: {ports} to {peers}",
    "rule-ports": "{rule}: {ports}",
    "rule-services": "in Services: {services}",
    "recorded-intent": "recorded intent: {intent}",
    "without-it": "without it:",
    "without-it-nothing": "without it nothing changes for Services",

    # answers
    "flow": "{source} → {target}",
    "directions": "ingress {ingress}, egress {egress}",
    "to-allow": "to allow it:",
    "to-try": "to try it:",

    # steps of an answer
    "step-service": "{service} ({type}) sends {port} to pod port {pod_port} of {pods}",
    "step-headless": "{service} is headless: clients dial the pods themselves, on {pod_port} ({pods})",
    "step-no-endpoints-there": "{service} ({type}) has no pod for {port} on node {node}",
    "step-no-endpoints": "{service} ({type}) has no endpoints for {port}: no pod, and no workload that runs, stands behind it",
    "step-external-name": "{service} is a DNS name only: policies see the address that it resolves to",
    "step-node-address":
        "from outside, the pods see the client's own address only with externalTrafficPolicy: Local; here it may be a node's",
    "step-pending": "its load balancer has no address yet, so clients outside cannot dial it",
    "step-undeclared": "the containers of {pods} declare {declared}, not {pod_port}: unless they listen on it all the same, it is refused",
    "step-balancer-inside":
        "dialled at its load balancer or a node, clients inside show the address of their node, unless they are on that of the pod: rules "
        "that select pods match only these",
    "step-proxy": "its load balancer is a proxy, so that the pods see the balancer's address, or a node's, in place of the client's",
    "step-external-local": "nodes without a pod of it drop what clients outside send to it (externalTrafficPolicy: Local)",
    "step-internal-local": "on nodes without a pod of it, clients inside reach nobody (internalTrafficPolicy: Local)",
    "step-ingress-open": "no policy isolates {pods} for ingress",
    "step-nothing-enforces": "no network plugin here enforces policies, so that none of them isolates anything (--cni {plugin})",
    "step-host-open": "{pods} is on the host network, where {plugin} polices nothing",
    "step-egress-unpoliced": "{plugin} does not police egress, whatever policies say of it",
    "step-ingress-isolated": "ingress of {pods} is isolated by {policies}, and no rule admits the source on {ports}",
    "step-isolated-too": "{policy} isolates them too",
    "step-admits": "admits {term} on {ports}",
    "step-mesh": "between pods of the mesh ({mesh}) it arrives on port {port}, whatever port is dialled, where policies say the same",
    "step-mesh-differs":
        "between pods of the mesh ({mesh}) it arrives on port {port}, whatever port is dialled, and there policies say {verdict}",
    "step-mesh-among": "from pods of the mesh ({mesh}) it arrives on port {port}, whatever port is dialled: there policies say {verdict}",
    "step-egress-open": "no policy isolates {source} for egress",
    "step-egress-admits": "egress of {source} is isolated by {policies}, whose rules let it out",
    "step-egress-isolated": "egress of {source} is isolated by {policies}, and no rule lets it out",
    "step-dialled":
        "{plugin} checks egress before {service} has rewritten the address, so a rule must open {port} of the Service itself: by its "
        "podSelector, if that holds for the labels that the Service selects ({labels}), and the pod port behind {port}; or, where it "
        "selects no pods, by {port}",
    "step-egress-perhaps": "egress of {source} is isolated by {policies}, and whether a rule lets it out is not known",
    "step-egress-partly": "egress of {source} is isolated by {policies}, and no rule lets all of it out",
    "tier-not-understood": "everybody, as one of its peers is not understood",
    "tier-admin-allow": "allows {ports} {to-from} {peers}, whatever NetworkPolicies say (Admin tier{priority}{name})",
    "tier-admin-deny": "denies {ports} {to-from} {peers}, whatever NetworkPolicies say (Admin tier{priority}{name})",
    "tier-admin-pass": "leaves {ports} {to-from} {peers} to the NetworkPolicies (Admin tier{priority}{name})",
    "tier-baseline-allow": "allows {ports} {to-from} {peers} where no NetworkPolicy isolates (Baseline tier{priority}{name})",
    "tier-baseline-deny": "denies {ports} {to-from} {peers} where no NetworkPolicy isolates (Baseline tier{priority}{name})",
    "tier-baseline-pass": "leaves {ports} {to-from} {peers} open (Baseline tier{priority}{name})",
    "selects": "selects",
    "may-select": "may select",
    "step-unjudged-decide": "{policy} {may} {workloads} for {direction}, and is not judged here: it can open or close this",
    "step-unjudged-refuse": "{policy} {may} {workloads} for {direction}, and is not judged here: it can close this, and cannot open it",
    "step-unjudged-admit": "{policy} {may} {workloads} for {direction}, and is not judged here: it can open this, and cannot close it",
    "step-unjudged-more": "likewise {policies}",
    "not-evaluated": "not evaluated: {policies}; what they can change is unknown",
    "tiers-unheeded": "{policies}: {plugin} does not implement {it}",
    "tiers-doubtful": "{policies}: {plugin} implements {it} only where a setting says so",
    "unproved-here": "not proved, as it is not judged here what {policies} may do to it: {intent}",
    "step-egress-open-here": "no NetworkPolicy isolates {source} for egress",
    "step-ingress-open-here": "no NetworkPolicy isolates {pods} for ingress",
    "step-missed": "{ports} {to-from} {peers}: {why}",
    "miss-service-port": "{entry} is the port of {service}; the pod port is {pod_port}",
    "miss-sidecar-name": "only an init container declares {entry}, which policies do not look at",
    "miss-unknown-name": "no container of the pods declares {entry}",
    "miss-protocol": "it opens {entry_protocol}, not {protocol}",
    "miss-ports": "{pod_port} is not among them",
    "miss-some-ports": "it opens {entry} only, not {pod_port}",
    "part-isolated": "{direction} isolated by {policies}",
    "part-unjudged": "not judged: {policies}",
    "miss-peers": "the other side is not among them",
    "miss-except": "the other side is not among them; {plugin} ignores an ipBlock with except as a whole",
    "miss-block": "the other side is not among them; with {plugin} an ipBlock never matches a pod",
    "addresses-outside": "addresses outside",
    "fix-no-endpoints-there": "dial a node that has a pod of it, or its load balancer, which asks nodes whether they have one",
    "fix-no-endpoints": "look at the Service's selector and its target port: no pod stands behind it",
    "fix-destinations": "its own egress is open: ask about one destination, --to svc/NAME:PORT, for what would let it in there",
    "fix-unknown": "name the source in a rule of its own, by labels or by its real addresses",
    "fix-because-host-source": "try it for real, or admit the addresses of the nodes in an ipBlock",
    "fix-because-host-destination": "nothing that a policy says is certain there: try it for real",
    "fix-because-block": "ask for one address, or name the pods by their labels",
    "fix-because-node":
        "try it for real: nodes are among the source, and an ipBlock matches these only where a setting of the plugin says so",
    "fix-because-bare": "let a Deployment make the pod, as the makers of the plugin want it, or try it for real",
    "fix-because-dialled": "select the pods by just the labels that the Service selects, and name its targetPort as it is written there",
    "fix-because-source-address": "name the source by its labels: the addresses of its pods are not known",
    "fix-because-destination-address": "name the destination by its labels: the addresses of its pods are not known",
    "fix-because-tiers-unread": "an answer needs the right to list the policies of administrators",
    "fix-because-engine": "try it for real: what policies of other engines decide is not judged here",
    "fix-because-equal-priority": "give the policies priorities of their own",
    "fix-because-tier-peers": "try it for real, or name the addresses as networks",
    "fix-admin":
        "no NetworkPolicy can: {policies} must change, or a rule that allows it must stand before, in a policy of a lower priority number",
    "fix-because-mesh": "let policies say the same of the port of the pods and of that of the mesh, or try it for real",
    "fix-because-port-name": "write the number in place of the name",
    "fix-name-only": "policies see the address that the name stands for: ask about that, --to ADDRESS",
    "step-unread": "not known: it needs the right to {permission}",
    "unread": "what depends on it is not known: the right to {permission} is missing",
    "fix-down": "ask again when the server can {permission}",
    "fix-unread": "ask somebody who may {permission}, or for that right",
    "because": "{step}: {reason}",
    "because-host-source": "the source is on the host network, maybe on the node of the pod",
    "because-host-destination": "the pod is on the host network, where plugins differ in what they police",
    "because-block": "rules admit pods by their labels, and which pods have addresses in that block was not looked at",
    "because-bare": "one of the pods has no owner, and policies are not promised to hold for such pods",
    "because-dialled": "whether the plugin opens the address of the Service too depends on its version, or on what is not known here",
    "because-source-address": "the addresses of its pods are not known",
    "because-destination-address": "a rule names addresses, and those of the pods are not known",
    "because-tiers-unread": "policies of administrators come before and after it, and could not be read",
    "because-equal-priority": "policies of administrators with one priority disagree, and any of them may come first",
    "because-tier-peers": "a policy of administrators names domains or nodes, and which addresses these have is not known",
    "because-port-name": "two containers give the port name to different numbers, and plugins take the first or both",
    "left-out": "{source} leaves out the pod itself and its node, which always reach it, and host-network pods, which are nodes",
    "exceptions": "egress policies of their own keep these from it: {workloads}",
    "itself": "a pod always reaches itself",
    "itself-judged": "both ends are one pod now, whose way through its own Service {plugin} judges as from another pod",
    "itself-let-in": "both ends are one pod now, which {plugin} always lets in through its own Service; only its egress counts",
    "node-address": "{address} is the address of a node: with {plugin} an ipBlock matches nodes only where a setting says so",
    "refusal-timeout": "with {plugin} a client waits until it times out",
    "refusal-refused": "with {plugin} a client is refused at once",
    "only-itself": "both ends are one pod now: whether policies see that differs between network plugins",
    "not-published-note": "{service} is not published outside; this is what the policies would say of a client that finds another way",
    "only-published": "from outside, only what Services publish is listed",
    "headless-port": "clients that dial {port} reach the pods on {port}; only clients of SRV records get {target}",
    "source-ranges": "the load balancer itself lets in {ranges} only, where the provider supports it",
    "external-name": "a DNS name only, {name}: there are no pods to admit anybody to",
    "no-selector": "no selector: its endpoints are made by hand",

    # what was dialled
    "dialled-cluster-ip": "{dialled} is the ClusterIP of {object}",
    "dialled-balancer": "{dialled} is where clients outside dial {object}",
    "dialled-node-port": "{dialled} is node {node}, where {object} has this port",
    "dialled-host-port": "{dialled} is node {node}, where {object} has this port itself",
    "dialled-pod": "{dialled} is {object}",
    "dialled-name": "{dialled} is the name of {object} in the cluster's DNS",
    "dialled-entry": "{dialled} is served by {entry}, which leads to {object}",

    # what publishes a Service, and who carries its traffic
    "step-entry": "{entry} leads here; {evidence}",
    "step-entry-allowed": "clients outside reach these",
    "step-entry-denied": "clients outside are refused there already",
    "step-entry-partial": "not all clients outside, or not all of these, are let through",
    "step-entry-unknown": "whether clients outside reach these is not known",
    "step-entry-no-endpoints": "nothing runs there that clients outside could reach",
    "way-directly": "outside, directly",
    "way-through": "outside, by {entry}",
    "carrier-by-address": "the pods of {service} carry its traffic, as that Service has its address {address}",
    "carrier-by-gateway": "the pods {pods} carry its traffic, as they were made for it",
    "carrier-by-class": "the pods {pods} carry its traffic, as its class {class} is that of {controller}",
    "carrier-by-labels": "the pods {pods} carry its traffic, as it has no class, and no controller but {controller} is there",
    "carrier-router": "the routers of OpenShift carry its traffic, in the namespaces {namespaces}",
    "carrier-no-router": "who carries its traffic is not known: no namespace has the label of OpenShift's routers",
    "carrier-unknown":
        "who carries its traffic is not known: no LoadBalancer Service has its address, and no controller of its class is there",
    "carrier-hidden": "who carries its traffic is not known, as not all could be read that would tell it",
    "carrier-unread": "who carries its traffic is not known, as {entry} itself was not read",
    "carrier-in-agent": "{controller} carries its traffic in its own agents, which the labels of a policy cannot select",
    "carrier-balancer": "load balancers outside the cluster carry its traffic ({controller}), and their addresses are not known",
    "carrier-balancer-at": "load balancers outside the cluster carry its traffic ({controller}), from {addresses}",
    "fix-balancer-inside": "dial the Service by its name, or set externalTrafficPolicy: Local, or admit the addresses of the nodes too",
    "fix-carrier": "look at the policies of the controller's own pods",
    "fix-entry": "name who carries the traffic of {entry}: --from ns/NAME, svc/NAME or the addresses of its load balancer",
    "fix-nodes": "name the addresses of the nodes: --from 192.168.0.0/24",
    "nodes-own": "the node that a pod runs on always reaches it; with an overlay network other nodes may send from addresses of tunnels",

    # the way of a Service port
    "published-as": "{type} {places}",
    "published-somewhere": "{type}, {places}",
    "pods-of": "{pods} of {workload}",
    "pods-not-ready": "{pods} ({number} not ready)",
    "step-way-isolated": "ingress of {pods} is isolated by {policies}",
    "step-way-denied": "ingress of {pods} is isolated by {policies}, and no rule admits anybody on {ports}",
    "step-ingress-partly": "ingress of {pods} is isolated by {policies}, whose rules admit only a part of the source on {ports}",
    "step-ingress-perhaps": "ingress of {pods} is isolated by {policies}, and whether a rule admits the source on {ports} is not known",
    "step-admits-unlocated": "admits {term} on {ports}: which addresses pods of the source have, or will have, is not known",
    "step-admits-part": "admits {term} on {ports}, which is a part of what was asked, or may be",

    # rules of policies
    "effect-selects-nothing": "the policy selects no pod now, so this does nothing",
    "effect-no-rules": "no rule allows anything",
    "effect-no-pods": "{term} matches no pod now",
    "effect-pods": "now {term} is {workloads}",
    "effect-unread": "who {term} is now is not known: the right to {permission} is missing",
    "effect-from-all": "everybody may connect, from outside the cluster too",
    "effect-to-all": "they may connect to everything, outside the cluster too",
    "effect-no-service": "no Service leads to these ports",
    "effect-all-services": "reaches every Service port",

    # several objects
    "none-there": "there is no {kind}{where}",

    # findings
    "to-see-mended": "to see it mended:",
    "to-mend": "to mend it: {patch}",
    "findings": "{count}",
    "new-findings": "new: {count}",
    "gone-findings": "findings that go: {count}",

    **MISTAKES,

    # changes
    "merged-without-kubectl": "merged here, not by the API server: there is no kubectl on PATH",
    "merged-without-dry-run": "merged here, not by the API server: {reason}",
    "merged-in-new-namespace": "merged here, not by the API server: what stands in namespaces that are created with it ({namespaces})",
    "left-out-unread": "{object} is left out of the difference: {reason}",
    "silent": "{objects}: no connection changes by this",
    "unjudged": "{objects}: what this does to connections is not judged",
    "no-difference": "no difference",
    "same-verdicts": "what is allowed at Service ports stays the same",
    "newly-isolated": "newly isolated for {direction}: {workloads}",
    "would-stop": "would stop, all or in part:",
    "would-cut-off": "would be kept out:",
    "would-change": "would change:",
    "guessed": "guessed, so look at it: {intent}",
    "guessed-from": "guessed, so look at it: {intent} ({evidence})",
    "not-proved": "with it, this is {verdict}: {intent}",
    "nothing-to-suggest": "nothing to suggest",
    "unchanged": "stays allowed: {what}",
    "comment-intent": "{intent}",
    "comment-guess": "guessed: {intent} ({evidence})",
    "guess-resolver": "every pod of the cluster resolves names there",
    "guess-not-published": "the Service is not published, so clients are taken to be in its namespace",
    "guess-api-server": "{callers} has the API server call it, from an address that nobody can tell",
    "guess-metrics":
        "{callers} has metrics read there; the Service is not published, so other clients are taken to be in its namespace",
    "guess-published": "published at {where}",
    "guess-entry": "published by {entries}, whose traffic comes from {carriers}",
    "guess-source-ranges": "published at {where}, where the load balancer lets in these ranges only",
    "not-guessed": "{service} is published by {entry}: state who its clients are with --from",
    "without-generated": "selects the pods of {object} without the labels that controllers generate: {labels}",
    "selects-more": "these labels select pods of {workloads} too",
    "translated": "{text}",
    "nodes-change": "nodes come and go: write the policy again when they do, or name the network that they are in",
    "comes-by-entry": "clients outside come to {service} by {entries}, whose pods dial it: what lets these in is --from {source}",
    "matches-no-pod": "the source {source} matches no pod now",
    "nothing-to-mend": "{policy} needs no correction of its ports; explain {policy} tells what else is found",
    "held-by-owner": "{owner} manages the policy and may write the old one again: change it there too",
    "held-by-file": "{file} still holds the policy as it was: change it there too",
    "kept-in": "egress policies of the clients keep them from it: {intent}; --egress writes what they need",
    "clients-are-open": "nothing isolates the clients for egress, so they need no policy; --isolate writes one all the same",
    "no-dns": "whom the pods ask for names is not known, so no rule lets them: add one to your DNS, on UDP and TCP",

    # applying: before anything is written
    "apply-nothing": "nothing to apply: the cluster is so already",
    "apply-question": "apply {count} to {where}? [y/N]",
    "apply-namespaces": "{namespaces} of {cluster}",
    "apply-context": 'context "{context}"',
    "apply-declined": "nothing was applied",
    "apply-no-terminal": "--apply asks before it writes, and there is no terminal to ask at",
    "apply-no-terminal-hint": "--yes applies without asking, --dry-run=server tries it without keeping anything",
    "apply-no-kubectl": "-f is applied by kubectl, and there is none",
    "apply-no-kubectl-hint": "put it on PATH, or name it in KUBECTL_PATH",
    "apply-guessed": "--yes does not agree to what is only guessed: {intent}",
    "apply-guessed-hint": "state it: --allow PORT --from SOURCE; or leave out --yes and answer at the terminal",
    "apply-isolates": "--yes alone does not isolate pods for the first time: {workloads}",
    "apply-isolates-hint": "--keep also allows other ports that are reachable now, --isolate accepts that the rest stops",
    "apply-owned": "{object} belongs to {owner}",
    "apply-owned-hint": "--force-conflicts writes it all the same, until its owner writes it again",
    "apply-taken-over": "{object}: what {managers} wrote there is taken over",
    "apply-back-by-file": "{object} was written by kubectl apply, and the next apply of its file brings the old one back: change that too",
    "apply-back-by-file-deleted": "{object} was written by kubectl apply, and the next apply of its file makes it again: change that too",
    "apply-back-by-owner": "{owner} will write {object} again as it was: {change}",
    "apply-moment":
        "for a moment, between the writes of {first} and {last}, {direction} of {workloads} is refused some of what stays allowed",
    "apply-kept": "what is replaced or deleted is kept in {paths}",
    "apply-changed-meanwhile": "since the difference was shown, {objects} changed: nothing was applied, and this is the difference now",
    "apply-changed-on-the-way": "on the way, {objects} changed: the rest was not applied, and this is the difference now",
    "apply-changed-error": "{objects} changed since the difference was shown, and stays as it is now",
    "apply-changed-hint": "look at the difference as it is now, and run it again",

    # applying: owners of objects, and where their state is changed
    "owner-helm": "Helm release {name}{in-namespace}",
    "owner-flux-kustomization": "Flux Kustomization {name}{in-namespace}",
    "owner-flux-helm-release": "Flux HelmRelease {name}{in-namespace}",
    "owner-argo-cd": "Argo CD Application {name}{in-namespace}",
    "owner-reference": "{name}{in-namespace}, its owner",
    "owner-manager": 'the field manager "{name}"',
    "change-helm": "change the chart or the values of release {name}{in-namespace}, and upgrade it",
    "change-flux-kustomization": "change the manifest in the source of Kustomization {name}{in-namespace}",
    "change-flux-helm-release": "change the chart or the values of HelmRelease {name}{in-namespace}",
    "change-argo-cd": "change the manifest in the source of Application {name}{in-namespace}",
    "change-reference": "change {name}{in-namespace}, which makes it",
    "change-manager": 'change it where "{name}" takes it from',

    # applying: what was written
    "apply-wrote": "{object} {verb} ({place} of {number})",
    "apply-tried": "{object} can be {verb}, says the server ({place} of {number})",
    "apply-not-tried": "{object}: its namespace is new, so the server cannot try it",
    "apply-done": "written: {objects}",
    "apply-left": "not written: {objects}",
    "apply-unsure": "written or not, that could not be read any more: {objects}",
    "apply-again": "the same command again writes the rest",
    "apply-undo": "to undo:",
    "apply-confirmed": "read again: the cluster is as shown",
    "apply-tried-all": "nothing was kept: it was a dry run of the server",
    "apply-object-differs": "read again, {object} is not as shown",
    "apply-verdict-differs": "read again, {source} → {service} is {now}, and {shown} was shown",
    "apply-isolation-differs": "read again, {workload} is {now} for {direction}, and that was not shown",
    "apply-unconfirmed": "what was written could not be read again: {reason}",
}

SHORT_KINDS = {
    "Service": "svc", "NetworkPolicy": "netpol", "Namespace": "ns", "Deployment": "deploy", "StatefulSet": "sts",
    "DaemonSet": "ds", "ReplicaSet": "rs", "ReplicationController": "rc", "PersistentVolumeClaim": "pvc",
}
GROUPS = {
    "NetworkPolicy": "networking.k8s.io", "Ingress": "networking.k8s.io", "Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps",
    "ReplicaSet": "apps", "Job": "batch", "CronJob": "batch", "Gateway": "gateway.networking.k8s.io",
}
PLURALS = {"policy": "policies", "address": "addresses"}
RULE_PATH = re.compile(r"spec\.(?:(?P<direction>ingress|egress)\[(?P<rule>\d+)])?\.?"
                       r"(?:(?P<list>ports|from|to)\[(?P<entry>\d+)])?\.?(?P<rest>.*)", re.DOTALL)
LAST_PORT = 65535
PROTOCOLS = ("TCP", "UDP", "SCTP")


def sentence(code: str, facts: Mapping[str, str]) -> str:
    """The sentence of SENTENCES with its facts; an unknown code or a missing fact raises KeyError."""
    return SENTENCES[code].format_map(facts)


def right(verb: str, resources: str, namespace: str) -> str:
    """What RBAC grants: list pods in namespace web."""
    return f"{verb} {resources}" + (f" in namespace {namespace}" if namespace else "")


# ---- numbers and lists


def count(number: int, noun: str) -> str:
    """1 pod, 2 pods."""
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    return PLURALS.get(noun, f"{noun}s")


def listed(items: Sequence[str], most: int | None = None) -> str:
    """a, b and c; with most=2 rather: a, b and 3 more. One more than most is still named, as that is no longer."""
    if most is not None and len(items) > most + 1:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def named(noun: str, names: Sequence[str], most: int | None = None) -> str:
    """pod gitlab-0; pods gitlab-0, gitlab-1 and 3 more."""
    return f"{noun if len(names) == 1 else plural(noun)} {listed(names, most)}"


def count_of(number: int, kind: str) -> str:
    """1 CiliumNetworkPolicy, 2 NetworkPolicies.crd.antrea.io."""
    name, *group = kind.split(".", 1)
    many = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    return f"{number} {'.'.join([name if number == 1 else many, *group])}"


# ---- objects


def object_name(thing: ObjectRef, home: str | None) -> str:
    """As it can be typed: svc/gitlab, and ns/shop:svc/web where its namespace is not home."""
    return f"{elsewhere(thing.namespace, home)}{SHORT_KINDS.get(thing.kind, thing.kind.lower())}/{thing.name}"


def object_names(things: Iterable[ObjectRef], home: str | None) -> list[str]:
    return [object_name(thing, home) for thing in things]


def home_of(namespaces: Iterable[str]) -> str | None:
    """The namespace that need not be named: the only one."""
    distinct = {namespace for namespace in namespaces if namespace}
    return distinct.pop() if len(distinct) == 1 else None


def elsewhere(namespace: str, home: str | None) -> str:
    return f"ns/{namespace}:" if namespace not in ("", home) else ""


def full_name(kind: str, name: str) -> str:
    """As kubectl -o name prints it: networkpolicy.networking.k8s.io/allow-from-all."""
    return f"{'.'.join(filter(None, (kind.lower(), GROUPS.get(kind))))}/{name}"


def policy_name(policy: PolicyRef, home: str | None) -> str:
    return f"{elsewhere(policy.namespace, home)}{'netpol' if policy.kind is UNSET else policy.kind.lower()}/{policy.name}"


def access_source(access: Access) -> str:
    """The source or destination, and whether there is nobody yet who is one."""
    return access.source if access.nobody_now is UNSET else sentence("nobody-now", {"source": access.source})


def policy_names(access: Access, home: str | None, most: int | None = None) -> str:
    """Each policy once, whichever of its rules are meant; with the number of those that are not named."""
    names = list(dict.fromkeys(policy_name(policy, home) for policy in access.policies))
    named = len(names) if most is None or len(names) <= most + 1 else most
    more = len(names) - named + (0 if access.more is UNSET else access.more)
    return ", ".join(names[:named]) + (f" and {more} more" if more else "")


def rule_name(policy: PolicyRef, home: str | None) -> str:
    """netpol/allow-from-all, ingress rule 1."""
    return f"{policy_name(policy, home)}, {policy.direction} rule {policy.rule}"


def path_in_words(path: str) -> str:
    """spec.ingress[0].ports[1] is ingress rule 1, port entry 2; what is not known stays as it is written."""
    match = RULE_PATH.fullmatch(path)
    if not match:
        return path
    said = []
    if match["direction"]:
        said.append(f"{match['direction']} rule {int(match['rule']) + 1}")
    if match["list"]:
        said.append(f"{'port entry' if match['list'] == 'ports' else 'peer'} {int(match['entry']) + 1}")
    return ", ".join(filter(None, [*said, match["rest"]]))


def command(argv: Iterable[str]) -> str:
    """As it can be pasted into a shell."""
    return shlex.join(argv)


# ---- ports


def port_number(number: int, protocol: str) -> str:
    """10022/TCP."""
    return f"{number}/{protocol}"


def service_port(port: Port) -> str:
    """ssh 10022; the protocol is told where it is not TCP: dns 53/UDP."""
    number = str(port.port) if port.protocol == "TCP" else port_number(port.port, port.protocol)
    return f"{port.name} {number}" if port.name else number


def target_with_port(text: str, port: Port | None) -> str:
    """What the target's own text does not say of its port: svc/gitlab:10022 (ssh), svc/gitlab:ssh (10022/TCP)."""
    if port is None:
        return text
    number, said = port_number(port.port, port.protocol), text.rpartition(":")[2]
    beside = port.name if said in (str(port.port), number) else number
    return f"{text} ({beside})" if beside else text


def pod_ports(ports: Iterable[PodPorts]) -> str:
    """80/TCP, 30000-30100/UDP; all ports."""
    said = [pod_port(each) for each in ports]
    every = [f"all of {protocol}" for protocol in PROTOCOLS]
    return "all ports" if said == every else ", ".join(said)


def pod_port(ports: PodPorts) -> str:
    last = ports.end_port or ports.port
    if (ports.port, last) == (1, LAST_PORT):
        return f"all of {ports.protocol}"
    return port_number(ports.port, ports.protocol) if last == ports.port else f"{ports.port}-{last}/{ports.protocol}"
