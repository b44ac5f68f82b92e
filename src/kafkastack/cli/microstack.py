"""microstack plan, bootstrap, configure, launch, status, openrc, stop, start and destroy."""

import os
import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from kafkastack.cli.formats.data import to_json, to_yaml
from kafkastack.cli.formats.microstack import lines_of
from kafkastack.cli.microstack_controllers import Occupant, occupants
from kafkastack.cli.microstack_controllers import tell as tell_controllers
from kafkastack.cli.microstack_progress import Steps, told
from kafkastack.cli.verbs.microstack import VERBS
from kafkastack.errors import KafkastackError, NotFoundError, PreflightError, UsageError
from kafkastack.gnuflag import Parsed
from kafkastack.microstack import access, demo, teardown
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.health import document
from kafkastack.microstack.hypervisors import HYPERVISORS, chosen
from kafkastack.microstack.images.build import build
from kafkastack.microstack.images.imported import imported
from kafkastack.microstack.images.recipe import NAMES as RECIPES
from kafkastack.microstack.images.recipe import recipe
from kafkastack.microstack.instances import LaunchRequest
from kafkastack.microstack.instances import launch as launch_instance
from kafkastack.microstack.plan import bootstrap_plan
from kafkastack.microstack.preflight import findings
from kafkastack.microstack.runner import carry_out, is_done
from kafkastack.microstack.settings import Settings, default_settings
from kafkastack.system.files import locked
from kafkastack.system.folders import make_folder

_BUILD = "kafkastack microstack bootstrap"


def microstack(parsed: Parsed) -> int:
    """Show which commands there are."""
    if parsed.positional:
        raise UsageError(
            f'there is no command "microstack {parsed.positional[0]}"',
            "kafkastack help microstack",
        )
    print("\n".join(f"{verb.name:22}  {verb.summary}" for verb in VERBS[1:]))
    print('\nSee "kafkastack help microstack <command>" for one of them.')
    return 0


def plan(_parsed: Parsed) -> int:
    """Print what the host has that matters, and every step with how it stands."""
    cloud = Cloud(default_settings())
    found = findings(cloud)
    print("This host")
    for finding in found:
        print(f"  {'ok' if finding.ok else 'NO':4}{finding.subject}: {finding.message}")
        if not finding.ok:
            print(f"      {finding.advice}")
    print("\nSteps")
    steps = bootstrap_plan()
    for number, step in enumerate(steps.values(), 1):
        done = "done" if cloud.is_installed and is_done(step, cloud) else ""
        print(f"  {number:2}  {step.name:20} {step.title} {done}".rstrip())
    return 0 if all(finding.ok for finding in found) else PreflightError.exit_code


def bootstrap(parsed: Parsed) -> int:
    """Build the cloud, or go on."""
    if parsed.is_set("dry-run"):
        return plan(parsed)
    settings = replace(default_settings(), hypervisor=parsed["hypervisor"])
    _check(Cloud(settings))
    with _alone(settings) as cloud, told(parsed.is_set("quiet")) as tell:
        carry_out(bootstrap_plan(), cloud, Steps(tell))
        for person in _persons():
            access.give(cloud, person)
    _say(parsed, f"OpenStack is ready: {settings.url('keystone')}/v3")
    _say(parsed, "go on with: kafkastack microstack configure")
    return 0


def configure(parsed: Parsed) -> int:
    """Make the demo project, and its images."""
    if bool(parsed["image"]) != bool(parsed["name"]):
        raise UsageError(
            "--image and --name belong together",
            "kafkastack microstack configure --image disk.qcow2 --name mine",
        )
    if parsed.is_set("dry-run"):
        return _dry("make the demo project, upload images, write clouds.yaml")
    with _running() as cloud, told(parsed.is_set("quiet")) as tell:
        public_key = access.key_pair(cloud).with_suffix(".pub").read_text()
        demo.configure(cloud, public_key, tell)
        if parsed["image"]:
            images = [imported(Path(parsed["image"]), parsed["name"])]
        else:
            folder = cloud.settings.cache / "images"
            images = [
                build(name, cache=folder, progress=tell)
                for name in HYPERVISORS[chosen(cloud)].images
            ]
        for image in images:
            tell(f"image {image.name}")
            demo.upload(cloud, image)
        for person in _persons():
            access.give(cloud, person)
    person = _persons()[-1]
    _say(parsed, f"written: {person.clouds}")
    _say(parsed, f"try: OS_CLOUD={person.cloud} openstack image list")
    _say(parsed, "go on with: kafkastack microstack launch demo_instance")
    return 0


def launch(parsed: Parsed) -> int:
    """Launch an instance, and print how to log in."""
    name = parsed.positional[0] if parsed.positional else "demo_instance"
    person = _persons()[-1]
    with _running(exclusive=False) as cloud, told(parsed.is_set("quiet")) as tell:
        image = parsed["image"] or HYPERVISORS[chosen(cloud)].images[0]
        user = parsed["user"] or (recipe(image).user if image in RECIPES else image)
        if parsed.is_set("dry-run"):
            return _dry(f"launch {name} of image {image}, flavor {parsed['flavor']}")
        access.give(cloud, person)  # another one may have configured it
        launched = launch_instance(
            cloud, LaunchRequest(name, image, parsed["flavor"], user, person.key), tell
        )
    print(shlex.join(launched.ssh))
    return 0


def status(parsed: Parsed) -> int:
    """Print how the cloud is."""
    _need_root()
    found = document(Cloud(default_settings()))
    shown = {"json": to_json, "yaml": to_yaml}.get(parsed["format"])
    print(shown(found) if shown else "\n".join([*lines_of(found), ""]), end="")
    return 0


def openrc(parsed: Parsed) -> int:
    """Print the variables."""
    _need_root()
    cloud = _installed()
    print(access.openrc(cloud, parsed.is_set("admin"), _persons()[-1]), end="")
    return 0


def stop(parsed: Parsed) -> int:
    """End every process of the cloud; its files stay."""
    if parsed.is_set("dry-run"):
        return _dry("stop every instance and service")
    _need_root()
    with _alone(_installed().settings) as cloud, told(parsed.is_set("quiet")) as tell:
        teardown.stop(cloud, tell)
    _say(parsed, "stopped; to go on: kafkastack microstack start")
    return 0


def start(parsed: Parsed) -> int:
    """Start the cloud again."""
    if parsed.is_set("dry-run"):
        return plan(parsed)
    _need_root()
    with _alone(_installed().settings) as cloud, told(parsed.is_set("quiet")) as tell:
        carry_out(bootstrap_plan(), cloud, Steps(tell))
    _say(parsed, f"OpenStack is ready: {cloud.settings.url('keystone')}/v3")
    return 0


def destroy(parsed: Parsed) -> int:
    """Remove the cloud."""
    _need_root()
    settings = default_settings()
    found = occupants(settings.name, [*access.given(Cloud(settings)), *_persons()])
    if parsed.is_set("dry-run"):
        _name(found)
        return _dry(
            f"end every process of the cloud, remove {settings.state} and clouds.yaml's entries"
        )
    if not parsed.is_set("no-prompt") and not _confirmed(settings, found):
        raise KafkastackError("microstack destroy: aborted")
    with told(parsed.is_set("quiet")) as tell:
        teardown.destroy(Cloud(settings), tell)
        tell_controllers(found)
        if parsed.is_set("purge"):
            teardown.purge(settings)
    for each in found:
        _say(parsed, f"{each.describe()}, gone with it; kafkastack kill-controller {each.name}")
    _say(parsed, "removed: this host is as before")
    return 0


def _persons() -> list[access.Person]:
    return access.persons(default_settings().name, os.environ)


def _confirmed(settings: Settings, found: Sequence[Occupant]) -> bool:
    print(f"This removes the cloud in {settings.state} with every instance and volume.")
    _name(found)
    print("Continue [y/N]? ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _name(found: Sequence[Occupant]) -> None:
    if found:
        print("These controllers have machines on it, which are lost to them:")
        print("\n".join(f"  {each.describe()}" for each in found))


def _check(cloud: Cloud) -> None:
    """Refuse what is in the way, the first thing with what to type about it."""
    for finding in findings(cloud):
        if not finding.ok:
            raise PreflightError(f"{finding.subject}: {finding.message}", finding.advice)


def _need_root() -> None:
    if os.geteuid():
        raise PreflightError("microstack needs root", f"sudo {shlex.join(_typed())}")


def _typed() -> Sequence[str]:
    return [Path(sys.argv[0]).name, *sys.argv[1:]]


def _installed() -> Cloud:
    cloud = Cloud(default_settings())
    if not cloud.is_installed:
        raise NotFoundError(f"there is no MicroStack in {cloud.settings.state}", _BUILD)
    return cloud


@contextmanager
def _alone(settings: Settings) -> Generator[Cloud]:
    """Give the cloud to one command at a time."""
    make_folder(settings.state, 0o700)
    with locked(settings.state / "lock"):
        yield Cloud(settings)


@contextmanager
def _running(*, exclusive: bool = True) -> Generator[Cloud]:
    _need_root()
    cloud = _installed()
    if not cloud.inside.leader:
        raise KafkastackError("MicroStack is stopped", "kafkastack microstack start")
    if not exclusive:
        yield cloud
        return
    with _alone(cloud.settings) as alone:
        yield alone


def _dry(what: str) -> int:
    print(f"would {what}")
    return 0


def _say(parsed: Parsed, words: str) -> None:
    if not parsed.is_set("quiet"):
        print(words)
