"""Controllers that answer what a test says, one request each."""

import json
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

Message = dict[str, object]


class Controllers:
    """Stands for controllers that follow one another: each answers one request and ends."""

    def __init__(self, socket_file: Path, answers: Sequence[Sequence[Message]]) -> None:
        self.asked: list[str] = []
        self._answers = answers
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(socket_file))
        self._listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with self._listener:
            for messages in self._answers:
                connection, _ = self._listener.accept()
                with connection, connection.makefile("rwb") as stream:
                    self.asked.append(json.loads(stream.readline())["verb"])
                    for message in messages:
                        stream.write(json.dumps(message).encode() + b"\n")
