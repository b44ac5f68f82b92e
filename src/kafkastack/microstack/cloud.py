"""The running cloud as steps see it: files, daemons, programs and SQL inside, secrets beside."""

import contextlib
import http.client
import json
import os
import secrets
import socket
import time
import xmlrpc.client  # nosec B411  # of our own supervisord
from collections.abc import Callable, Generator
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct
from supervisor.xmlrpc import SupervisorTransport

from kafkastack.errors import KafkastackError, TimeoutExceededError
from kafkastack.microstack.configuration import PURPOSES, ConfigFile, Secrets
from kafkastack.microstack.namespaces import Namespaces
from kafkastack.microstack.packages import Environment, ServiceRoot
from kafkastack.microstack.services import SERVICES
from kafkastack.microstack.settings import Settings
from kafkastack.system.files import write_atomically
from kafkastack.system.folders import make_folder

_POLL_SECONDS = 0.1
_RUNNING = {"RUNNING", "STARTING"}


class Cloud(Struct, frozen=True, dict=True):  # of what is computed once
    """One installation, and what can be done in it."""

    settings: Settings

    @property
    def inside(self) -> Namespaces:
        """Where everything of it runs."""
        return Namespaces(self.settings)

    @property
    def is_installed(self) -> bool:
        """Report whether there is such an installation, were it half-built."""
        return os.access(self.settings.state / "secrets.json", os.R_OK)  # others may not look

    @property
    def service_root(self) -> ServiceRoot:
        """Debian's packages."""
        return ServiceRoot(self.settings.cache, self.inside.log("service-root"))

    @property
    def environment(self) -> Environment:
        """OpenStack's packages."""
        return Environment(self.settings.cache, self.service_root, self.inside.log("environment"))

    @cached_property
    def secrets(self) -> Secrets:
        """The passwords of this installation; made when they are first asked for."""
        path = self.settings.state / "secrets.json"
        if not path.exists():
            make_folder(self.settings.state, 0o700)
            made = {purpose: secrets.token_urlsafe(24) for purpose in PURPOSES}
            write_atomically(path, json.dumps(made, indent=1).encode(), 0o600)
        return Secrets(json.loads(path.read_text()))

    def write(self, file: ConfigFile) -> None:
        """Write a file inside, if it is not there as it should be."""
        path = self.inside.path(file.path)
        if path.exists() and path.read_text() == file.text:
            return
        self.put(file.path, file.text, file.mode)
        if file.owner != "root":
            self.inside.run("chown", file.owner, file.path)

    def write_before(self, file: ConfigFile) -> None:
        """Write a file that must be there before the cloud is started."""
        path = self.settings.state / f"upper{file.path}"
        make_folder(path.parent)
        write_atomically(path, file.text.encode(), file.mode)

    def put(self, path: str, text: str, mode: int) -> None:
        """Write a file of root's inside."""
        target = self.inside.path(path)
        make_folder(target.parent)
        write_atomically(target, text.encode(), mode)

    def sql(self, statements: str, database: str = "") -> str:
        """Carry out SQL as the database's root, and return what it answers, without headers."""
        socket_ = "--socket=/run/mysqld/mysqld.sock"
        return self.inside.run(
            "mariadb",
            "--batch",
            "--skip-column-names",
            socket_,
            *database.split(),
            stdin=statements,
        )

    def state_of(self, service: str) -> str:
        """Return supervisord's word for how a daemon is ("RUNNING", "BACKOFF", …)."""
        lost = contextlib.suppress(OSError, xmlrpc.client.Fault, http.client.HTTPException)
        with lost, self._supervisor() as supervisor:
            return str(supervisor.getProcessInfo(service)["statename"])
        return "STOPPED"

    def start(self, *names: str, patience: float = 300) -> None:
        """Start daemons, and wait until each opens what it serves on."""
        for name in names:
            if self.state_of(name) not in _RUNNING:
                with self._supervisor() as supervisor:
                    supervisor.startProcess(name, False)
        for name in names:
            self.wait(lambda name=name: self.serves(name), f"{name} to serve", name, patience)

    def stop(self, name: str) -> None:
        """Stop a daemon and wait for its end; fine if it does not run."""
        with contextlib.suppress(xmlrpc.client.Fault), self._supervisor() as supervisor:
            supervisor.stopProcess(name, True)

    def serves(self, name: str) -> bool:
        """Report whether a daemon runs, and opens what it is to open."""
        opens = SERVICES[name].opens
        if self.state_of(name) != "RUNNING":
            return False
        if opens.startswith("/"):
            return _accepts(self.inside.path(opens))
        return not opens or self._has_port(int(opens))

    def wait(self, condition: Callable[[], bool], what: str, log: str, seconds: float) -> None:
        """Wait until a condition holds; TimeoutExceededError names the log to look at."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.inside.leader:
                raise KafkastackError(
                    "the cloud has been ended", f"look at: {self.inside.log('supervisord')}"
                )
            if time.monotonic() > deadline:
                raise TimeoutExceededError(
                    f"waited {seconds:.0f} s for {what}", f"look at: {self.inside.log(log)}"
                )
            time.sleep(_POLL_SECONDS)

    def _has_port(self, port: int) -> bool:
        """Report whether a port of the cloud's loopback, or of every address, is listened on."""
        wanted = {f"0100007F:{port:04X}", f"00000000:{port:04X}"}
        lines = self.inside.path("/proc/1/net/tcp").read_text().splitlines()[1:]
        fields = [line.split() for line in lines]
        return any(field[1] in wanted and field[3] == "0A" for field in fields)

    @contextlib.contextmanager
    def _supervisor(self) -> Generator[Any]:
        """Give what supervisord can be asked."""
        path = self.inside.path("/run/supervisor.sock")
        transport = SupervisorTransport("", "", f"unix://{path}")
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport)
        try:
            yield proxy.supervisor
        finally:
            transport.close()


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(str(path))
        return True
    return False
