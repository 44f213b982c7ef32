"""Through which proxy is a server asked? proxy-url, else what Go's programs read from the environment."""
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit


def proxy_of(server: str, proxy_url: str, environ: Mapping[str, str]) -> str | None:
    """Go's net/http/httpproxy: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, each in capitals first; never for this machine itself."""
    if proxy_url:
        return proxy_url
    scheme = urlsplit(server).scheme.upper()
    proxy = _either(environ, f"{scheme}_PROXY")
    if not proxy or not _is_proxied(server, _either(environ, "NO_PROXY")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _either(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def _is_proxied(server: str, exceptions: str) -> bool:
    url = urlsplit(server)
    host, port = (url.hostname or "").lower(), url.port or (443 if url.scheme == "https" else 80)
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return False
    return not any(_matches(each.strip().lower(), host, port, address) for each in exceptions.split(",") if each.strip())


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _matches(exception: str, host: str, port: int, address: Address | None) -> bool:
    """*, addresses, CIDRs and names with all below them; a name or an address may have a port; .name and *.name: only below."""
    if exception == "*":
        return True
    if "/" in exception:
        try:
            return address is not None and address in ipaddress.ip_network(exception, strict=False)
        except ValueError:
            return False
    name, wanted = exception, None
    if exception.count(":") == 1 or "]:" in exception:
        name, _, wanted = exception.rpartition(":")
    if wanted is not None and wanted != str(port):
        return False
    name = name.strip("[]")
    if address or _address(name):
        return _address(name) == address
    below = name.removeprefix("*")
    return host.endswith(below) if below.startswith(".") else host == below or host.endswith(f".{below}")
