"""The Kafka that a command is about: its controller, its model, its state, who may enter."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kafkastack.cli import client_store
from kafkastack.cli.kafka.access import Access
from kafkastack.cli.kafka.plan import (
    KAFKA,
    MADE_HERE,
    MARK,
    brokers_in,
    is_deployed,
    is_stopped,
    named,
    user_unit,
)
from kafkastack.cli.session import Target
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, TimeoutExceededError
from kafkastack.gnuflag import Parsed
from kafkastack.system.files import write_atomically
from kafkastack.system.places import controller_dir, private_folder

_ANSWER_SECONDS = 60.0
_PAUSE = 0.1
_FOLDER = "kafka"  # in that of the controller: what a client reads


class Instance(NamedTuple):
    """A Kafka of one's own: the model that it is in, and that model's status."""

    target: Target
    status: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is called: as its model."""
        return self.target.model

    def refreshed(self) -> "Instance":
        """Return it as it is now."""
        return self._replace(status=self.target.call("status", selectors=[]))

    @property
    def start(self) -> str:
        """What to type so that it runs."""
        return f"kafkastack kafka start{named(self.name)}"

    @property
    def see(self) -> str:
        """What to type to see how it is."""
        return f"kafkastack status -m {self.name}"


def find(parsed: Parsed) -> Instance:
    """Return the Kafka that --name means; an error says how to get one."""
    name = parsed["name"]
    start = f"type: kafkastack kafka start{named(name)}"
    store = client_store.read()
    if not store.controllers:
        raise NotFoundError("there is no Kafka yet", start)
    target = Target(store.controller(parsed["controller"]), name)
    try:
        found = Instance(target, target.call("status", selectors=[]))
    except NotFoundError as error:
        raise NotFoundError(f'there is no Kafka "{name}"', start) from error
    if not is_made_here(target):
        raise NotFoundError(
            f'there is no Kafka "{name}": the model of that name was not made by kafka start',
            "choose another one: --name NAME",
        )
    return found


def find_running(parsed: Parsed) -> Instance:
    """Return the Kafka that --name means; ConflictError if it is stopped."""
    found = find(parsed)
    if is_stopped(found.status):
        raise ConflictError(f'Kafka "{found.name}" is stopped', f"type: {found.start}")
    if not is_deployed(found.status):
        raise ConflictError(
            f'the start of Kafka "{found.name}" has not ended', f"type: {found.start}"
        )
    return found


def is_made_here(target: Target) -> bool:
    """Report whether `kafka start` has made a model: only then it may be removed as a whole."""
    told = target.call("model-config", values={}, reset=[], keys=[])
    return told.get(MARK, {}).get("Value") == MADE_HERE


def access_of(found: Instance, *, exposed: bool = False) -> Access:
    """Return where a Kafka is found and who may enter, by the action of its integrator."""
    told = _credentials(found)
    if told.get("tls") not in ("enabled", "true"):
        raise ConflictError(f'Kafka "{found.name}" is not ready', f"type: {found.start}")
    servers = told["endpoints"]
    if exposed:
        servers = ",".join(exposed_addresses(found))
        if not servers:
            raise ConflictError(
                f'Kafka "{found.name}" is not exposed', f"type: {found.start} --expose ADDRESS"
            )
    ca_file = folder_of(found.target) / "ca.pem"
    _write_ca(ca_file, told["tls-ca"])
    return Access(servers, told["username"], told["password"], str(ca_file))


def ready_access(found: Instance, brokers: int, seconds: float) -> Access:
    """Return likewise, once so many brokers serve through TLS."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            access = access_of(found)
        except ConflictError:
            access = None
        if access and access.bootstrap_servers.count(",") + 1 >= brokers:
            return access
        time.sleep(_PAUSE)
    raise TimeoutExceededError(
        f'Kafka "{found.name}" does not serve through TLS after {seconds:.0f} s',
        f"look at: {found.see}",
    )


def exposed_addresses(found: Instance) -> list[str]:
    """Return where clients from elsewhere find the brokers; none where it is not exposed."""
    units = brokers_in(found.status)
    results = _run(found.target, units, "get-listeners")
    listeners = [one for unit in units for one in _maps(results[unit]["results"])]
    told = (one["advertised-listener"] for one in listeners if one.get("scope") == "EXTRA")
    return [address.rpartition("/")[2] for address in told]


def folder_of(target: Target) -> Path:
    """Return the folder for what a client of this Kafka reads."""
    return controller_dir(target.controller) / _FOLDER / target.model


def _maps(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [value for value in results.values() if isinstance(value, dict)]


def _credentials(found: Instance) -> Mapping[str, str]:
    unit = user_unit(found.status)
    task = _run(found.target, [unit], "get-credentials")[unit]
    granted = task["results"].get(KAFKA)
    if task["status"] != "completed" or not granted:
        why = task.get("message") or "it has not granted access yet"
        raise ConflictError(
            f'Kafka "{found.name}" tells nobody how to enter: {why}', f"look at: {found.see}"
        )
    return granted


def _run(target: Target, units: list[str], action: str) -> Mapping[str, Any]:
    """Return the ended tasks of an action, by unit."""
    answer = target.call(
        "run", units=units, action=action, parameters={}, wait=_ANSWER_SECONDS, zone=(0, "")
    )
    missing = [unit for unit in units if unit not in answer["results"]]
    if missing:
        refused = "".join(f": {words}" for words in answer["refused"][:1])
        raise KafkastackError(
            f"{', '.join(missing)} does not answer{refused}",
            f"look at: kafkastack status -m {target.model}",
        )
    return answer["results"]


def _write_ca(path: Path, text: str) -> None:
    """Keep the certificate of the CA for clients; it is no secret, its folder is."""
    content = text.rstrip().encode() + b"\n"
    if path.exists() and path.read_bytes() == content:
        return
    private_folder(path.parent.parent)
    private_folder(path.parent)
    write_atomically(path, content, 0o600)
