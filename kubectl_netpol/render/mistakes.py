"""What does a finding say, and what does a person write to mend it? After the id stands which of its cases it is."""

MISTAKES = {
    "finding-service-port-in-policy":
        "{port} is the port of {service}, not of its pods. Policies are checked on the pod, after the Service has turned {port} into "
        "{target}, so this opens nothing",
    "finding-service-port-in-policy-beside":
        "{port} is the port of {service}, whose pods are reached on {target}: this opens nothing, and the rule opens {target} beside it",
    "finding-service-port-in-policy-declared":
        "{port} is also the port of {service}, which sends it to {target}: the pods declare {port}, but clients of the Service are not "
        "let in",
    "mend-service-port-in-policy-beside": "leave {port} out",
    "mend-service-port-in-policy-declared": "write port: {target} as well, if clients of {service} are meant",
    "finding-unknown-port-name": 'no container of these pods declares a port "{port}" for {protocol}, so this matches nothing',
    "finding-unknown-port-name-service":
        'no container of these pods declares a port "{port}": that is what {service} calls its own port. This matches nothing',
    "finding-unknown-port-name-sidecar":
        'only an init container declares the port "{port}", and policies do not look there: the Service finds it, this matches nothing',
    "finding-unknown-port-name-protocol": 'the pods declare the port "{port}" for {protocols}, not for {protocol}, so this matches nothing',
    "mend-unknown-port-name": "write the number of the pod port, or name the port in the container",
    "mend-unknown-port-name-service": "write port: {target}, the port of the pods",
    "mend-unknown-port-name-sidecar": "write the number of the port",
    "mend-unknown-port-name-protocol": "write protocol: {protocols}",
    "finding-other-protocol": "this opens {port} for {protocol}, but Services reach these pods there with {served} only",
    "finding-other-protocol-also":
        "without a protocol {port} means {protocol} only, but Services reach these pods there with {served} too",
    "mend-other-protocol": "write protocol: {served}",
    "mend-other-protocol-also": "add an entry with port: {port} and protocol: {served}, or write protocol: {protocol} if that is meant",
    "finding-inactive-rules": "policyTypes names {types} only, so the {direction} rules do nothing",
    "mend-inactive-rules": "add {type} to policyTypes, or leave the rules out",
    "finding-isolates-ingress-too": "without policyTypes this policy isolates the pods for ingress too, and lets nobody in",
    "mend-isolates-ingress-too": "write policyTypes: [Egress]",
    "finding-egress-not-isolated": "an empty list of egress rules does nothing without policyTypes: these mean Ingress alone then",
    "mend-egress-not-isolated": "write policyTypes: [Ingress, Egress], or [Egress] if only that is meant",
    "finding-empty-list-admits-all-from": "an empty list means every source, not none",
    "finding-empty-list-admits-all-to": "an empty list means every destination, not none",
    "finding-empty-list-admits-all-ports": "an empty list means every port, not none",
    "mend-empty-list-admits-all-from": "leave the whole rule out to let nobody in, or leave out from to let everybody in",
    "mend-empty-list-admits-all-to": "leave the whole rule out to let nothing out, or leave out to if everything is meant",
    "mend-empty-list-admits-all-ports": "leave the whole rule out to open no port, or leave out ports if all are meant",
    "finding-selects-no-pod": 'no pod of namespace "{namespace}" has the labels {selector}',
    "finding-selects-no-pod-near": 'no pod of namespace "{namespace}" has the labels {selector}; there is {near}',
    "finding-selects-no-pod-all": 'there is no pod in namespace "{namespace}", where this policy is',
    "mend-selects-no-pod": "write the labels of the pods, or delete the policy",
    "mend-selects-no-pod-near": "write the labels that the pods have: {near}",
    "mend-selects-no-pod-all": "look at metadata.namespace: a policy is for the pods of its own namespace",
    "finding-matches-without-label": 'NotIn matches {number} {kind} too that have no label "{key}" at all',
    "mend-matches-without-label": "add a requirement {{key: {key}, operator: Exists}} if these are not meant",
    "finding-peers-are-alternatives":
        'these are two peers: any pod of namespaces {namespaces}, or pods {selector} of namespace "{namespace}", where there are none',
    "mend-peers-are-alternatives": 'take away the "-" before podSelector, so that both stand in one peer',
    "finding-pod-selector-elsewhere":
        'a podSelector alone means pods of namespace "{namespace}", which has none with {selector}; there are some in {namespaces}',
    "mend-pod-selector-elsewhere": "add to the peer namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {there}}}}}",
    "finding-unknown-namespace-label": "no namespace has the labels {selector}",
    "finding-unknown-namespace-label-name": 'no namespace has the labels {selector}, although one is called "{there}"',
    "mend-unknown-namespace-label": "label the namespace, or write kubernetes.io/metadata.name: NAME, which every namespace has",
    "mend-unknown-namespace-label-name": "write kubernetes.io/metadata.name: {there}, a label that every namespace has",
    "finding-except-without-effect": "{cidr} is excepted here, but admitted for the same pods and ports by {policies}",
    "mend-except-without-effect": "except {cidr} there too: what one peer leaves out another one may let in",
    "finding-block-of-service-addresses":
        "{cidr} holds the address of {service}. Whether policies see the address of a Service or those of its pods is not defined; with "
        "most plugins they see the pods', so this opens no Service",
    "mend-block-of-service-addresses": "select the pods behind the Services by their labels, and name their ports",
    "finding-block-of-pods":
        "{cidr} holds addresses of pods ({workloads}). These change, and some plugins (Cilium and what is made of it) never look for pods "
        "in an ipBlock",
    "mend-block-of-pods": "select pods by their labels; leave their addresses out with except, if others are meant",
    "finding-client-address-rewritten":
        "{service} is reached from outside with externalTrafficPolicy: Cluster, so that pods may see the address of a node in place of the "
        "client's: {cidr} lets some of its clients in, and others not",
    "mend-client-address-rewritten": "set externalTrafficPolicy: Local on the Service, or admit the addresses of the nodes too",
    "finding-entry-not-admitted":
        "{service} is published, but its pods admit no address outside on the port behind {port}: they are isolated by {policies}",
    "finding-entry-not-admitted-entry":
        "{entry} leads to {service}:{port}, but its pods do not admit those that carry its traffic, {carriers}: they are isolated by "
        "{policies}",
    "finding-entry-not-admitted-unknown":
        "{entry} leads to {service}:{port}, but its pods admit nobody who could carry its traffic: they are isolated by {policies}",
    "mend-entry-not-admitted-unknown": "name who carries it: kubectl netpol suggest {service} --allow {port} --from SOURCE",
    "finding-entry-not-admitted-balancer":
        "{entry} leads to {service}:{port}, but its pods do not admit the load balancers that carry its traffic: they are isolated by "
        "{policies}",
    "finding-host-network-pods":
        "selects pods on the host network ({workloads}). What policies do to these is not defined: with most plugins nothing, as their "
        "traffic is the node's",
    "finding-host-network-pods-open": "selects pods on the host network ({workloads}), which {plugin} does not police: they stay open",
    "mend-host-network-pods-open": "leave them out of what is relied on: only the node itself can be closed",
    "mend-host-network-pods": "leave them out of what is relied on, or police the node itself",
    "finding-host-network-pods-peer":
        "all pods that this peer selects are on the host network ({workloads}): with most plugins their traffic comes from the node's "
        "address, and this admits nobody",
    "mend-host-network-pods-peer": "name the addresses of the nodes in an ipBlock",
    "finding-no-dns-own":
        "{workloads}: isolated for egress, and no rule lets them out to their own nameservers {servers} (dnsConfig), so they cannot "
        "resolve names",
    "mend-no-dns-own": "add an egress rule with an ipBlock of {servers} and ports 53/UDP, 53/TCP",
    "finding-local-cache-closed":
        "{workloads}: node-local-dns answers names on each node, at {address}, and no rule lets them out to it: the rule for the cluster's "
        "DNS does not hold that address",
    "mend-local-cache-closed": "add an egress rule with ipBlock {address}/32 and ports 53/UDP, 53/TCP beside it",
    "finding-dns-port":
        "this means the resolver, and {service} sends port 53 to {port} of its pods, where policies look: {protocols} to it stays closed",
    "mend-dns-port": "write port: {port}, for UDP and for TCP",
    "finding-dns-port-protocol":
        "this means the resolver, and {protocols} to port {port} of {service} stays closed; answers that are too long for UDP come by TCP",
    "mend-dns-port-protocol": "write port {port} twice, for UDP and for TCP",
    "finding-rule-never-reached": "no traffic comes to this rule: {policy}, {direction} rule {rule}, decides it before ({action})",
    "mend-rule-never-reached": "put it before the other one, or leave it out",
    "finding-equal-priority":
        "{policy} has the same tier and priority {priority}, and for some {direction} traffic one says {first} and the other {second}: "
        "which of them is asked first nobody can tell",
    "mend-equal-priority": "give each policy a priority of its own",
    "finding-baseline-beside-policy":
        "{workloads} is isolated by {policies} for {other} only. This {direction} rule is for pods that no NetworkPolicy selects, and "
        "some plugins take that for both directions: there it does not hold",
    "mend-baseline-beside-policy": "say in a NetworkPolicy what is meant for {direction}, or in the Admin tier",
    "finding-ipv4-only-block": "the pods have IPv6 addresses too, and {cidr} covers IPv4 only, so {direction} by IPv6 stays closed",
    "mend-ipv4-only-block": "add an ipBlock with the IPv6 addresses, ::/0 for all of them",
    "finding-no-dns": "{workloads}: isolated for egress, and no rule lets them out to port 53 of anything, so they cannot resolve names",
    "finding-no-dns-known": "{workloads}: isolated for egress, and no rule lets them out to {service}, so they cannot resolve names",
    "mend-no-dns": "add an egress rule with ports {ports} to the pods of your DNS",
    "mend-no-dns-known": "add an egress rule with ports {ports} to the pods of {service}",
    "finding-only-one-side-ingress":
        "{pods} may come in here on {ports}, but their own egress, isolated by {policies}, does not let them out to {workloads}",
    "finding-only-one-side-egress":
        "{workloads} may go out to {pods} on {ports}, but the ingress there, isolated by {policies}, does not let them in",
    "mend-only-one-side-ingress": "add an egress rule for {pods} to {workloads} on {ports}",
    "mend-only-one-side-egress": "add an ingress rule for {pods} from {workloads} on {ports}",
    "finding-caller-cut-off-api-server":
        "{caller} has the API server call {workloads} on {ports}, and no rule lets it in: its calls come from an address of the control "
        "plane, or from the pod of a konnectivity-agent",
    "mend-caller-cut-off-api-server": "add an ingress rule with port {ports} and no from: which address the calls come from is not told",
    "finding-caller-cut-off-metrics": "{caller} has metrics of {workloads} read on {ports}, and no rule lets {sources} in",
    "mend-caller-cut-off-metrics": "add an ingress rule with port {ports} from {sources}",
    "finding-mesh-port-closed-ingress":
        "{others} may come in here, but as both ends are in the mesh ({mesh}) connections arrive on port {port}, whatever port is "
        "dialled, and no rule opens that",
    "mend-mesh-port-closed-ingress": "add {{port: {port}, protocol: TCP}} to the ports of the rule",
    "finding-mesh-port-closed-egress":
        "{others} may be reached here, but as both ends are in the mesh ({mesh}) connections go to port {port} of it, whatever port is "
        "dialled, and no rule opens that",
    "mend-mesh-port-closed-egress": "add {{port: {port}, protocol: TCP}} to what the rule lets out to",
    "finding-headless-target-port":
        "a headless Service sends nothing anywhere: who dials {port} reaches port {port} of the pods, and targetPort {written} is told by "
        "SRV records only",
    "mend-headless-target-port": "write port: {target}, which the pods listen on, and let clients dial it",
    "finding-intent-moved-on-entry":
        "this was written for {intent}, but others carry the traffic of {entry} now than those that it admits",
    "finding-intent-moved-on-entry-gone": "this was written for {intent}, and {entry} is gone",
    "mend-intent-moved-on-entry-gone": "delete the policy, or state again who may come in",
    "finding-intent-moved-on-gone": "this was written for {intent}, and {service} is gone",
    "finding-intent-moved-on-port-gone": "this was written for {intent}, and {service} has no such port any more",
    "finding-intent-moved-on-selector": "this was written for {intent}, but {service} selects pods now that the policy does not",
    "finding-intent-moved-on-port": "this was written for {intent}, but {service} sends that to pod port {target} now, which is not opened",
    "mend-intent-moved-on-gone": "delete the policy, or state the intent for the Service that is there now",
    "mend-intent-moved-on-port-gone": "state the intent for a port that {service} has, or delete the policy",
    "finding-nothing-enforces":
        'no network plugin here enforces policies, as far as is known: those of namespace "{namespace}" ({number}) have no effect',
    "finding-nothing-enforces-tiers": "no {kind} is implemented here (--cni {plugin}), so that it decides nothing",
    "mend-nothing-enforces-tiers": "write it in a kind that the network plugin implements, or name the plugin that is there with --cni",
    "mend-nothing-enforces": "install a network plugin that enforces policies, or name the one that is there with --cni",
    "finding-newly-isolated-ingress": "{workloads}: isolated for ingress for the first time, so all that no rule names stops coming in",
    "finding-newly-isolated-egress": "{workloads}: isolated for egress for the first time, so all that no rule names stops going out",
    "mend-newly-isolated-ingress": "look at what would stop; suggest --keep adds rules for the ports that the intent does not name",
    "mend-newly-isolated-egress": "look at what would stop; suggest --egress adds DNS and what the clients need",
}
