"""kafka, kafka start, stop, rm, client-config."""

import shutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Thread

from kafkastack.cli import catalogue, client_store
from kafkastack.cli.kafka import instance, plan
from kafkastack.cli.kafka.access import FORMATS, MECHANISM, PROTOCOL, Access
from kafkastack.cli.kafka.exposure import (
    check_free,
    checked_address,
    is_of_this_host,
    what_it_opens,
)
from kafkastack.cli.kafka.instance import Instance
from kafkastack.cli.kafka.plan import named
from kafkastack.cli.kafka.progress import Teller, carry_out, teller
from kafkastack.cli.main import run_words
from kafkastack.cli.session import Target, confirm_by_name, number, seconds
from kafkastack.cli.verbs.kafka import VERBS
from kafkastack.errors import ConflictError, KafkastackError, NotFoundError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.model.bounds import UNITS
from kafkastack.system.files import locked, write_atomically
from kafkastack.system.places import data_dir, private_folder

_LOCK = ".kafka-start.lock"
_CLIENT = "kafkastack.cli.kafka.client"


def kafka(parsed: Parsed) -> int:
    """Show which commands there are."""
    if parsed.positional:
        raise UsageError(
            f'there is no command "kafka {parsed.positional[0]}"', "kafkastack help kafka"
        )
    print("\n".join(f"{verb.name:20}  {verb.summary}" for verb in VERBS[1:]))
    print('\nSee "kafkastack help kafka <command>" for one of them.')
    return 0


def start(parsed: Parsed) -> int:
    """Start a Kafka, or what is left of a start, or one that is stopped; print how to enter."""
    wanted, limit = _wanted(parsed), seconds(parsed["timeout"])
    _check_exposure(parsed, wanted)
    quiet = parsed.is_set("quiet")
    try:
        with teller(quiet=quiet) as tell:
            found = _started(parsed, wanted, tell, limit)
            from kafkastack.cli.kafka.client import check  # who only stops one needs no client

            access = instance.ready_access(found, len(plan.brokers_in(found.status)), limit)
            check(access, found)
            tell.say(f"Ready after {tell.seconds:.1f} s.")
    except KeyboardInterrupt:
        words = f"\nInterrupted. To go on, type: kafkastack kafka start{named(parsed['name'])}"
        print(words, file=sys.stderr)
        return 130
    if not quiet:
        _tell_access(found, access)
    return 0


def _wanted(parsed: Parsed) -> plan.Wanted:
    is_counted = "brokers" in parsed.given
    brokers = number(parsed["brokers"], "--brokers", least=1, most=UNITS) if is_counted else 0
    if "expose" in parsed.given and parsed.is_set("no-expose"):
        raise UsageError("--expose and --no-expose cannot both be given")
    if "expose" in parsed.given and not parsed["expose"]:
        raise UsageError("--expose needs an address", "to close what it opened: --no-expose")
    address = parsed["expose"] if "expose" in parsed.given else None
    return plan.Wanted(brokers, "" if parsed.is_set("no-expose") else address)


def _started(parsed: Parsed, wanted: plan.Wanted, tell: Teller, limit: float) -> Instance:
    """Do what is left until every unit is active."""
    with locked(private_folder(data_dir()) / _LOCK):  # of two at once one finds nothing left
        target = Target(_controller(parsed, tell), parsed["name"])
        known = _known(target)
        if wanted.address and _is_local(target.controller):
            there = known or plan.NOTHING
            ports = plan.exposed_ports(there, wanted, _listeners(target, there))
            check_free(wanted.address, ports)
        status = known or _added(target, tell)
        changes = plan.steps(status, wanted)
        is_stopped = plan.is_stopped(status)
        if is_stopped:
            tell.say("  starting its machines again")
            target.call("start-machines")
        model = ("-m", f"{target.controller}:{target.model}")
        carry_out([(*step, *model) for step in changes], tell)
    # A tenth of a second that nobody waits for: there is time while servers start.
    Thread(target=import_module, args=(_CLIENT,), daemon=True).start()
    if is_stopped or (changes and plan.is_deployed(status)):
        _wait_until_heard(target, tell, limit)
    found = Instance(target, status).refreshed()
    for unit in (*plan.brokers_in(found.status), plan.user_unit(found.status)):
        _wait_for(found, unit, tell, limit)
    return found


def _wait_until_heard(target: Target, tell: Teller, limit: float) -> None:
    """Wait until the units that were there know of the change: they say active until then."""
    target.call(
        "wait-idle",
        progress=lambda left: tell.show(f"  waiting: {left}"),
        applications=[],
        timeout=limit,
        allow_blocked=True,
    )


def _controller(parsed: Parsed, tell: Teller) -> str:
    """Return the controller; one of this computer is made where there is none."""
    store = client_store.read()
    if not store.controllers and not parsed["controller"]:
        carry_out([("bootstrap", "local")], tell)
        store = client_store.read()
    controller = store.controller(parsed["controller"])
    if _is_local(controller):
        _fetch(tell)
    return controller


def _fetch(tell: Teller) -> None:
    """Download what is missing before a hook needs it: this shows how far it is."""
    from kafkastack.artifacts.resources import ready_resource

    resources = catalogue.find(plan.KAFKA, plan.CHANNEL).channel.resources
    if not all(map(ready_resource, resources.values())):
        tell.say(f"  kafkastack fetch --channel {plan.CHANNEL}")
        run_words(["fetch", "--channel", plan.CHANNEL])


def _listeners(target: Target, status: plan.Document) -> str:
    """Return the option extra-listeners of a Kafka; "" while there is none."""
    if plan.KAFKA not in status["applications"]:
        return ""
    nothing: plan.Document = {"values": {}, "typed_values": {}, "reset": []}
    told = target.call("config", application=plan.KAFKA, **nothing)
    return str(told["settings"].get("extra-listeners", {}).get("value") or "")


def _is_local(controller: str) -> bool:
    """Report whether the brokers of a controller, or of the one to be made, run on this host."""
    return client_store.read().controllers.get(controller, {}).get("cloud", "local") == "local"


def _added(target: Target, tell: Teller) -> plan.Document:
    """Add the model; return its status."""
    has_focus = target.controller in client_store.read().models
    focus = ("--no-switch",) if has_focus else ()
    words = ("add-model", target.model, "-c", target.controller, *focus)
    carry_out([(*words, "--config", f"{plan.MARK}={plan.MADE_HERE}")], tell)
    return target.call("status", selectors=[])


def _known(target: Target) -> plan.Document | None:
    """Return the status of the model, None where there is none; ConflictError if not ours."""
    try:
        status = target.call("status", selectors=[])
    except NotFoundError:
        return None
    if not instance.is_made_here(target):
        raise ConflictError(
            f'model "{target.model}" is there, and was not made by kafka start',
            "give your Kafka another name: kafkastack kafka start --name NAME",
        )
    return status


def _check_exposure(parsed: Parsed, wanted: plan.Wanted) -> None:
    """Refuse an address that nobody could use, before anything is made."""
    if wanted.address:
        is_local = _is_local(parsed["controller"] or client_store.read().current)
        checked_address(wanted.address, wanted.brokers, is_of_this_host if is_local else None)


def _wait_for(found: Instance, unit: str, tell: Teller, limit: float) -> None:
    """Wait until a unit is active; one whose hook has failed does not become so."""

    def workload() -> plan.Document:
        shown = found.target.call("status", selectors=[unit])["applications"]
        return shown[unit.partition("/")[0]]["units"][unit]["workload-status"]

    def show(_: str) -> None:
        tell.show(f"  {unit} is {_describe(workload())}")

    found.target.call(
        "wait-for",
        progress=show,
        kind="unit",
        name=unit,
        query='workload-status=="active" || workload-status=="error"',
        timeout=limit,
    )
    if (status := workload())["current"] == "error":
        raise KafkastackError(
            f"{unit} is in {_describe(status)}",
            f"look at: kafkastack hooks {unit} -m {found.name}",
        )


def _describe(status: plan.Document) -> str:
    return ": ".join(filter(None, (status["current"], status.get("message"))))


def _tell_access(found: Instance, access: Access) -> None:
    rows = (
        ("bootstrap server", access.bootstrap_servers),
        ("user", access.username),
        ("password", access.password),
        ("CA", access.ca_file),
        ("protocol", f"{PROTOCOL}, {MECHANISM}"),
    )
    print("\n".join(f"{key:18}{value}" for key, value in rows), flush=True)
    if plan.is_exposed(found.status):
        print(f"\n{what_it_opens(instance.exposed_addresses(found), found.name)}", file=sys.stderr)
    chosen = named(found.name)
    print(
        f"\nNow you can type\n"
        f"\tkafkastack kafka topics{chosen} --create --topic orders --partitions 3\n"
        f"\tkafkastack kafka client-config{chosen} --format properties\n"
        f"\t{found.see}",
        file=sys.stderr,
    )


def client_config(parsed: Parsed) -> int:
    """Print what a program is configured with."""
    found = instance.find_running(parsed)
    access = instance.access_of(found, exposed=parsed.is_set("exposed"))
    text = FORMATS[parsed["format"]](access)
    if parsed["output"]:
        write_atomically(Path(parsed["output"]), text.encode(), 0o600)
    else:
        print(text, end="")
    return 0


def stop(parsed: Parsed) -> int:
    """Stop the machines of a Kafka; data, address, user and password stay."""
    found = instance.find(parsed)
    with teller(quiet=parsed.is_set("quiet")) as tell:
        tell.show(f'  stopping Kafka "{found.name}"')
        found.target.call("stop-machines", progress=lambda left: tell.show(f"  {left}"))
        tell.say(f'Kafka "{found.name}" is stopped. To go on, type: {found.start}')
    return 0


def rm(parsed: Parsed) -> int:
    """Remove a Kafka with all its data."""
    found = instance.find(parsed)
    confirm_by_name(parsed, _warning(found), "model", found.name)
    with teller(quiet=parsed.is_set("quiet")) as tell:
        carry_out([_removal(found)], tell)
        shutil.rmtree(instance.folder_of(found.target), ignore_errors=True)
        tell.say(f'Kafka "{found.name}" is removed.')
    return 0


def _warning(found: Instance) -> str:
    return f'WARNING! This removes Kafka "{found.name}" with all topics and messages.'


def _removal(found: Instance) -> Sequence[str]:
    """Return the command that ends the model; a Kafka that goes as a whole hands nothing over."""
    name = f"{found.target.controller}:{found.name}"
    return ("destroy-model", name, "--destroy-storage", "--force", "--no-prompt")
