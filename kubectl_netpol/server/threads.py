"""How do requests run side by side?"""
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from kubectl_netpol.server.connection import Server

_AT_ONCE = 6                                                    # requests on their way


@contextmanager
def threads(server: Server) -> Iterator[ThreadPoolExecutor]:
    """For requests to a server. An interrupt, or a fault of one of them, waits for no other."""
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        yield pool
    except BaseException:
        server.close()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
