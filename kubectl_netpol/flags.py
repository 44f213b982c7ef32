"""What does each flag take, and what does it do, in a few words? --help and completion both say this.

Which spellings there are, and of which commands, is in cli.
"""

# By the last spelling; "explain --from" is what it means in that command only. The value is empty where none is taken.
_FLAGS = {
    # kubectl's own: which cluster, and as whom
    "--kubeconfig": ("PATH", "the kubeconfig to use"),
    "--context": ("NAME", "the context of the kubeconfig to use"),
    "--cluster": ("NAME", "the cluster of the kubeconfig to use"),
    "--user": ("NAME", "the user of the kubeconfig to use"),
    "--server": ("URL", "the address of the API server"),
    "--token": ("TOKEN", "the bearer token for the API server"),
    "--as": ("USER", "ask as this user"),
    "--as-group": ("GROUP", "ask as a member of this group"),
    "--as-uid": ("UID", "ask as the user with this UID"),
    "--certificate-authority": ("PATH", "the certificate of who signs the API server's"),
    "--client-certificate": ("PATH", "the certificate that tells who asks"),
    "--client-key": ("PATH", "the key of the certificate that tells who asks"),
    "--tls-server-name": ("NAME", "the name that the API server's certificate must hold"),
    "--insecure-skip-tls-verify": ("", "take any certificate of the API server"),
    "--request-timeout": ("TIME", "how long a request may take: 30s, 2m, 0 for ever"),
    # what is looked at
    "--offline": ("PATH", "these files or folders are the whole cluster (-: stdin)"),
    "--filename": ("PATH", "as if this were applied"),
    "--delete": ("netpol/NAME", "as if this were deleted"),
    "--to-offline": ("PATH", "the whole state after, as other files"),
    "--namespace": ("NAME", "the namespace to look at"),
    "--all-namespaces": ("", "look at all namespaces"),
    "--selector": ("KEY=VALUE", "which Services or workloads, by label"),
    "--pod-cidr": ("CIDR", "addresses of pods"),
    "--cni": ("NAME", "by whose rules to judge"),
    # the question, the wish
    "explain --from": ("SOURCE", "may it reach the target? again and again"),
    "explain --to": ("SOURCE[:PORT]", "may the target reach it?"),
    "--allow": ("PORT", "PORT[/PROTO]: number, name, 30000-30100 or all"),
    "--from": ("SOURCE", "who may reach the port of the --allow before it"),
    "--to": ("SOURCE[:PORT]", "whom the target may reach on it"),
    "--by": ("workload", "all workloads and ports instead of Services"),
    "--only": ("findings", "what is a mistake, and nothing else"),
    "--severity": ("SEVERITY", "findings of at least that: error, warning, info"),
    "--fail-on": ("SEVERITY", "fail on findings: error, warning or info"),
    "--egress": ("", "also what the clients need"),
    "--replace": ("", "start over, forget recorded intents"),
    "--keep": ("", "keep other ports reachable as they are now"),
    "--isolate": ("", "accept that what is reachable now stops"),
    # applying
    "--apply": ("", "show the difference, ask, and apply"),
    "--yes": ("", "apply without asking"),
    "--dry-run": ("", "send everything, ask and keep nothing"),
    "--server-side": ("", "apply on the server, as kubectl apply does"),
    "--field-manager": ("NAME", "the manager of the fields that are applied"),
    "--force-conflicts": ("", "apply over what other managers own"),
    # output
    "--output": ("FORMAT", "the form of the answer"),
    "--no-headers": ("", "no titles of columns"),
    "--color": ("WHEN", "colours: auto, always or never"),
    "-v": ("N", "how much to tell beside the answer"),
    "--help": ("", "usage and examples"),
    "--version": ("", "print the version"),
}


def said_of(flag: str, command: str = "") -> str:
    """What a flag does, by its last spelling."""
    return _flag(flag, command)[1]


def row(spellings: str, command: str = "") -> str:
    """Its line of --help."""
    names = spellings.split()
    value, said = _flag(names[-1], command)
    return f"  {', '.join(names)} {value}".rstrip().ljust(24) + said


def _flag(flag: str, command: str) -> tuple[str, str]:
    return _FLAGS.get(f"{command} {flag}") or _FLAGS[flag]
