"""Server that says who it is, over TLS where it has a certificate."""

import json
import socketserver
import ssl
import sys
from pathlib import Path

SETTINGS = json.loads(Path(sys.argv[1]).read_text())


class Greeter(socketserver.StreamRequestHandler):
    """Answers one line with one line."""

    timeout = 5

    def handle(self) -> None:
        """Greet whoever asks, and by name whoever knows the password."""
        asked = self.rfile.readline(200).decode(errors="replace").strip()
        knows = asked == SETTINGS["password"]
        self.wfile.write(f"greeter {SETTINGS['greeting']}{', friend' if knows else ''}\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """A thread a connection, so that who says nothing keeps nobody waiting."""

    allow_reuse_address = daemon_threads = True

    def finish_request(self, request, client_address):
        """Speak TLS with a certificate that is there when the connection is made."""
        if SETTINGS["keystore"]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(SETTINGS["keystore"])
            request.settimeout(5)
            request = context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """Say nothing of who speaks no TLS."""


Server((SETTINGS["address"], SETTINGS["port"]), Greeter).serve_forever()
