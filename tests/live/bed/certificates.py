"""Which certificates does the bed have? An authority of its own signs the server's and those of users."""
import secrets
import subprocess
from pathlib import Path
from typing import NamedTuple

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_DAYS = "30"
_AUTHORITY = """
subjectKeyIdentifier=hash
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
"""
_SIGNED = """
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
"""                                                             # all that Python 3.13 wants to see: ssl.VERIFY_X509_STRICT
_SERVER = _SIGNED + "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n"
_CLIENT = _SIGNED + "extendedKeyUsage=clientAuth\n"


class Authority(NamedTuple):
    """Files ca.crt and ca.key of a folder."""

    openssl: str
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.crt"


def make_authority(openssl: str, folder: Path) -> Authority:
    authority = Authority(openssl, folder)
    _signed(authority, folder / "ca", "/CN=bed-authority", _AUTHORITY, ("-signkey", str(folder / "ca.key")))
    return authority


def server_certificate(authority: Authority) -> tuple[Path, Path]:
    return _signed(authority, authority.folder / "server", "/CN=kube-apiserver", _SERVER, _by(authority))


def client_certificate(authority: Authority, folder: Path, user: str, groups: tuple[str, ...]) -> tuple[Path, Path]:
    """The API server takes the CN for the user and each O for a group."""
    subject = "".join([*(f"/O={group}" for group in groups), f"/CN={user}"])
    return _signed(authority, folder / f"client-{secrets.token_hex(4)}", subject, _CLIENT, _by(authority))


def _by(authority: Authority) -> tuple[str, ...]:
    return ("-CA", str(authority.certificate), "-CAkey", str(authority.folder / "ca.key"))


def _signed(authority: Authority, path: Path, subject: str, extensions: str, signer: tuple[str, ...]) -> tuple[Path, Path]:
    """The certificate and its key: files .crt and .key of that path."""
    certificate, key, request, said = (path.with_suffix(suffix) for suffix in (".crt", ".key", ".csr", ".ext"))
    said.write_text(extensions, encoding="utf-8")
    _run(authority.openssl, "req", *_EC, "-keyout", str(key), "-out", str(request), "-subj", subject)
    _run(authority.openssl, "x509", "-req", "-in", str(request), *signer, "-days", _DAYS, "-set_serial", f"0x{secrets.token_hex(8)}",
         "-extfile", str(said), "-out", str(certificate))
    return certificate, key


def _run(*argv: str) -> None:
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {ran.stderr}")
