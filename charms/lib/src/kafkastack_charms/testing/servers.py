"""Servers of a test: they handle connections in threads, as long as a block lasts."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def serve_tcp(
    address: str, port: int, handler: type[socketserver.BaseRequestHandler]
) -> Generator[None]:
    """Handle connections in threads."""

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server((address, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
