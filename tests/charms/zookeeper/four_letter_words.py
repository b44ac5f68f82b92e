"""ZooKeeper that answers one question, for ever the same."""

import socketserver
from contextlib import contextmanager

from kafkastack_charms.testing.servers import serve_tcp

ANSWER = "Zookeeper version: 3.8.4-abc, built on 2024\nMode: {mode}\nNode count: 5\n"


@contextmanager
def four_letter_words(address: str, port: int = 2181, answer: str = ANSWER.format(mode="leader")):
    """Answer `srvr` as a server would, for ever the same."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(4):
                self.request.sendall(answer.encode())

    with serve_tcp(address, port, Handler):
        yield
