"""A recipe is data: it has a name for what is in it, and files that a guest can run."""

import os
import subprocess
import sys

import pytest
from msgspec.structs import replace

from kafkastack.errors import NotFoundError
from kafkastack.microstack.images.recipe import NAMES, GuestFile, Recipe, recipe


def shell_scripts(made: Recipe) -> list[GuestFile]:
    return [file for file in (*made.files, *made.scripts) if file.text.startswith("#!/bin/")]


def file_of(name: str, path: str) -> str:
    return next(file.text for file in recipe(name).files if file.path == path)


def test_a_recipe_has_the_same_digest_in_every_process() -> None:
    asked = "from kafkastack.microstack.images.recipe import NAMES, recipe\n"
    asked += "print(*(recipe(name).digest for name in NAMES))"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "18"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [recipe(name).digest for name in NAMES]


@pytest.mark.parametrize(
    "changed",
    [
        {"packages": ("dbus",)},
        {"files": (GuestFile("/etc/motd", "hello"),)},
        {"scripts": (GuestFile("disk.sh", "true"),)},
        {"variant": "extract"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_recipe_that_makes_another_image_has_another_digest(
    changed: dict[str, object],
) -> None:
    made = recipe("debian")

    assert replace(made, **changed).digest != made.digest  # type: ignore[arg-type]


def test_what_glance_is_told_of_an_image_builds_no_other_one() -> None:
    made = recipe("debian")

    assert replace(made, properties={"os_distro": "other"}).digest == made.digest


def test_an_unknown_image_is_named_with_those_that_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"'cirros'(.|\n)*debian"):
        recipe("cirros")


@pytest.mark.parametrize("name", NAMES)
def test_every_script_is_one_that_a_shell_understands(name: str) -> None:
    for script in shell_scripts(recipe(name)):
        checked = subprocess.run(
            ["sh", "-n"], input=script.text, text=True, capture_output=True, check=False
        )
        assert (script.path, checked.stderr) == (script.path, "")


@pytest.mark.parametrize("name", NAMES)
def test_what_begins_as_a_program_can_be_run(name: str) -> None:
    assert {file.mode for file in shell_scripts(recipe(name))} == {0o755}


def test_a_file_of_a_guest_is_none_that_others_may_write() -> None:
    assert GuestFile("/etc/motd", "hello").mode == 0o644


def test_cloud_init_makes_one_key_and_the_full_name_of_the_host() -> None:
    config = file_of("debian", "/etc/cloud/cloud.cfg")

    assert "ssh_genkeytypes: [ed25519]" in config
    assert "manage_etc_hosts: localhost" in config
