"""Commands that are left to type until a model holds a Kafka with users and certificates."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kafkastack.errors import ConflictError

Document = Mapping[str, Any]
Step = tuple[str, ...]

KAFKA, AUTHORITY, USERS = "kafka", "self-signed-certificates", "data-integrator"
CHANNEL = "4/stable"
MARK = "extra-info"  # Juju's own key for what a person wants to remember of a model
MADE_HERE = "made by: kafkastack kafka start"
# The base of the exposed port: on one computer each broker needs another one.
_EXPOSED_BASE = "3000{unit}"
_EXPOSED_PORT = 39093  # of kafka/0: the base, and the offset of SASL_SSL
MOST_EXPOSED = 10  # the digit of a unit's number that fits there
_NOT_DEPLOYED: Mapping[str, Step] = {
    AUTHORITY: ("deploy", AUTHORITY),
    USERS: ("deploy", USERS, "--config", "topic-name=any", "--config", "extra-user-roles=admin"),
    # Last, so that it knows its client and its CA before its broker is first started.
    KAFKA: ("deploy", KAFKA, "--channel", CHANNEL, "--config", "roles=broker,controller"),
}
NOTHING: Document = {"applications": {}, "machines": {}}  # status of a model that is not there
_RELATIONS = ((f"{KAFKA}:certificates", AUTHORITY), (KAFKA, USERS))


class Wanted(NamedTuple):
    """What the command line asks for."""

    brokers: int = 0  # 0: as many as there are, else one
    address: str | None = None  # None: as it is; "": not exposed


def named(name: str) -> str:
    """Return the words that choose a Kafka: none for the one that is meant by itself."""
    return "" if name == KAFKA else f" --name {name}"


def steps(status: Document, wanted: Wanted) -> list[Step]:
    """Return the commands that are left, in order; none if everything is as wanted."""
    _check_ports(status, wanted)
    return [
        *_deployments(status, wanted),
        *_exposure(status, wanted),
        *_relations(status),
    ]


def brokers_in(status: Document) -> list[str]:
    """Return the units of Kafka, "kafka/0" first."""
    return _units(status, KAFKA)


def user_unit(status: Document) -> str:
    """Return the unit that knows user and password."""
    return _units(status, USERS)[0]


def is_deployed(status: Document) -> bool:
    """Report whether all that a Kafka consists of has a unit, one at least."""
    return all(_units(status, name) for name in _NOT_DEPLOYED)


def not_active(status: Document) -> list[str]:
    """Return which brokers are not active, each with what its unit says."""
    units: Document = status["applications"].get(KAFKA, {}).get("units") or {}
    said = ((name, unit["workload-status"]) for name, unit in units.items())
    return [
        f"{name} is {told['current']}" + (f": {told['message']}" if told.get("message") else "")
        for name, told in said
        if told["current"] != "active"
    ]


def is_stopped(status: Document) -> bool:
    """Report whether the machines of a model are stopped, one of them at least."""
    machines = status["machines"].values()
    return any(machine["machine-status"]["current"] == "stopped" for machine in machines)


def is_exposed(status: Document) -> bool:
    """Report whether Kafka has a listener for clients from elsewhere."""
    return bool(status["applications"].get(KAFKA, {}).get("exposed"))


def _units(status: Document, application: str) -> list[str]:
    units: Document = status["applications"].get(application, {}).get("units") or {}
    return sorted(units, key=lambda name: int(name.rpartition("/")[2]))


def _deployments(status: Document, wanted: Wanted) -> Iterator[Step]:
    applications = status["applications"]
    for name, step in _NOT_DEPLOYED.items():
        is_there = name in applications
        if name != KAFKA:
            yield from () if is_there else (step,)
        elif is_there:
            yield from _growth(status, wanted)
        else:
            count = str(wanted.brokers or 1)
            yield (*step, "-n", count, *_options(wanted.address))


def _growth(status: Document, wanted: Wanted) -> Iterator[Step]:
    channel = status["applications"][KAFKA].get("charm-channel", "")
    if channel.partition("/")[0] != CHANNEL.partition("/")[0]:
        raise ConflictError(
            f"the Kafka of this model is of channel {channel or '(none)'}, not of {CHANNEL}",
            "give yours a name of its own: kafkastack kafka start --name NAME",
        )
    there = brokers_in(status)
    if 0 < wanted.brokers < len(there):
        last = f"-m {status['model']['name']} {there[-1]}"
        raise ConflictError(
            f"there are {len(there)} brokers, and one that goes hands over its partitions first",
            f"remove one at a time: kafkastack remove-unit {last}",
        )
    if wanted.brokers > len(there):
        yield ("add-unit", KAFKA, "-n", str(wanted.brokers - len(there)))


def exposed_ports(status: Document, wanted: Wanted, listeners: str) -> list[int]:
    """Return the ports that brokers are yet to open at the address that is asked for.

    `listeners`: the option extra-listeners of those that are there.
    """
    there = [] if f"{wanted.address}:" in listeners else _numbers(status)
    return [_EXPOSED_PORT + number for number in (*there, *_numbers_to_come(status, wanted))]


def _numbers(status: Document) -> list[int]:
    return [int(name.rpartition("/")[2]) for name in brokers_in(status)]


def _numbers_to_come(status: Document, wanted: Wanted) -> range:
    there = _numbers(status)
    first = max(there, default=-1) + 1
    return range(first, first + max(0, max(1, wanted.brokers) - len(there)))


def _check_ports(status: Document, wanted: Wanted) -> None:
    """Refuse a broker whose number leaves no port for it where clients from elsewhere come in."""
    if not (wanted.address or (wanted.address is None and is_exposed(status))):
        return
    highest = max((*_numbers(status), *_numbers_to_come(status, wanted)))
    if highest >= MOST_EXPOSED:
        raise ConflictError(
            f"{KAFKA}/{highest} would have no port for clients from elsewhere: "
            f"they end with {KAFKA}/{MOST_EXPOSED - 1}",
            f"let nobody else in: kafkastack kafka start{named(status['model']['name'])} "
            "--no-expose; or take another one, whose brokers begin at 0: --name NAME",
        )


def _exposure(status: Document, wanted: Wanted) -> Iterator[Step]:
    is_new = KAFKA not in status["applications"]
    if wanted.address:
        if not is_new:
            words = _options(wanted.address)
            yield ("config", KAFKA, *(word for word in words if word != "--config"))
        if not is_exposed(status):
            yield ("expose", KAFKA)
    elif wanted.address == "" and is_exposed(status):
        yield ("config", KAFKA, "--reset", "extra-listeners,certificate-extra-sans")
        yield ("unexpose", KAFKA)


def _options(address: str | None) -> Step:
    """Return the options with which Kafka is found at an address, too."""
    if not address:
        return ()
    listener = f"extra-listeners={address}:{_EXPOSED_BASE}"
    return ("--config", listener, "--config", f"certificate-extra-sans={address}")


def _relations(status: Document) -> Iterator[Step]:
    endpoints: Document = status["applications"].get(KAFKA, {}).get("relations") or {}
    related = {one["related-application"] for ends in endpoints.values() for one in ends}
    for ours, theirs in _RELATIONS:
        if theirs not in related:
            yield ("integrate", ours, theirs)
