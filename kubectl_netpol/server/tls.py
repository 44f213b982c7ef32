"""Whom do we trust, and who are we, in TLS? Files and data of the kubeconfig → an SSLContext."""
import os
import ssl
import tempfile
from typing import Any

from kubectl_netpol.errors import NetpolError
from kubectl_netpol.server.entries import Cluster, User, bytes_of


def authority_of(cluster: Cluster) -> bytes:
    """PEM; empty: the roots of this machine. "CertificateAuthorityData … Overrides CertificateAuthority"."""
    if cluster.certificate_authority_data:
        return bytes_of(cluster.certificate_authority_data)
    return _read(cluster.certificate_authority) if cluster.certificate_authority else b""


def pair_of(user: User) -> tuple[bytes, bytes] | None:
    """Client certificate and key, PEM."""
    certificate = bytes_of(user.client_certificate_data) or _read(user.client_certificate)
    return (certificate, bytes_of(user.client_key_data) or _read(user.client_key)) if certificate else None


def _read(path: str) -> bytes:
    if not path:
        return b""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise NetpolError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}", hint="the kubeconfig names it") from None


def context_of(cluster: Cluster, pair: tuple[bytes, bytes] | None) -> Any:
    """As Go verifies: names of the subjectAltName only, and each certificate that the kubeconfig names is an anchor, an intermediate
    one too; Python 3.13 would refuse the authorities of many clusters for what is missing in them (VERIFY_X509_STRICT)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    if cluster.insecure_skip_tls_verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        _trust(context, authority_of(cluster))
    if pair:
        _identify(context, *pair)
    return context


def _trust(context: ssl.SSLContext, authority: bytes) -> None:
    if not authority:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cadata=authority.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        raise NetpolError(
            "unable to load root certificates: unable to parse bytes as PEM block",
            hint="certificate-authority of the cluster in the kubeconfig must be certificates in PEM") from None


def _identify(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Python reads them from files only: one that nobody else can read, gone at once."""
    handle, path = tempfile.mkstemp(prefix="kubectl-netpol-")   # 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(certificate + b"\n" + key)
        context.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError):
        raise NetpolError(
            "the client certificate and its key cannot be used together, or are not PEM",
            hint="look at client-certificate and client-key of the user in the kubeconfig") from None
    finally:
        os.unlink(path)


def _no_password() -> str:
    """Else Python asks on the terminal; kubectl cannot read encrypted keys either."""
    raise ValueError
