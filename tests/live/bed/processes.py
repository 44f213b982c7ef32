"""With which arguments do etcd, kube-apiserver and kube-controller-manager run?"""
import socket
from pathlib import Path

from tests.live.bed.certificates import make_authority, server_certificate
from tests.live.bed.programs import Programs
from tests.live.bed.users import ADMIN, kubeconfig, token_of, tokens

_CONTROLLED = (
    "endpointslice", "endpoints", "endpointslice-mirroring", "deployment", "replicaset", "statefulset", "daemonset", "job", "cronjob",
    "namespace")
_AUDIT = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
"""


def commands(programs: Programs, folder: Path, ports: tuple[int, int]) -> dict[str, list[str]]:
    """By name, in the order of their start; writes the files that they need. ports: of etcd and of the API server."""
    etcd, server = (f"{scheme}://127.0.0.1:{port}" for scheme, port in zip(("http", "https"), ports))
    authority = make_authority(programs.openssl, folder)
    certificate, key = server_certificate(authority)
    (folder / "tokens.csv").write_text(tokens(), encoding="utf-8")
    (folder / "audit.yaml").write_text(_AUDIT, encoding="utf-8")
    (folder / "admin.json").write_text(kubeconfig(server, authority.certificate, ADMIN, {"token": token_of(ADMIN)}), encoding="utf-8")
    return {
        "etcd": [
            programs.etcd, f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}",
            "--listen-peer-urls=http://127.0.0.1:0", "--unsafe-no-fsync"],
        "kube-apiserver": [
            programs.kube_apiserver, f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", f"--secure-port={ports[1]}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}", f"--client-ca-file={authority.certificate}",
            f"--token-auth-file={folder / 'tokens.csv'}", "--authorization-mode=RBAC",
            # nobody uses the tokens of service accounts, so any key will do
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={certificate}",
            f"--service-account-signing-key-file={key}", "--disable-admission-plugins=ServiceAccount",
            "--service-cluster-ip-range=10.96.0.0/12,fd00:96::/112", "--endpoint-reconciler-type=none",
            f"--audit-policy-file={folder / 'audit.yaml'}", f"--audit-log-path={folder / 'audit.jsonl'}"],
        "kube-controller-manager": [
            programs.kube_controller_manager, f"--kubeconfig={folder / 'admin.json'}", "--leader-elect=false", "--secure-port=0",
            f"--controllers={','.join(f'{each}-controller' for each in _CONTROLLED)}", "--kube-api-qps=500", "--kube-api-burst=1000"]}


def free_ports() -> tuple[int, int]:
    """Two that nobody listens on now; both are held while they are chosen, so that they differ."""
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
