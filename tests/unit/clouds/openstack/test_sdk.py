"""Answers of openstacksdk as records of ours, and our requests to it."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from openstack.compute.v2.server import Server as SdkServer
from openstack.network.v2.security_group import SecurityGroup

from kafkastack.clouds.openstack.entries import Entry
from kafkastack.clouds.openstack.resources import Group, Rule, Server
from kafkastack.clouds.openstack.sdk import Sdk

# The SDK warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
FIXED = {"addr": "10.0.0.7", "version": 4, "OS-EXT-IPS:type": "fixed"}
SIX = {"addr": "fd00::7", "version": 6, "OS-EXT-IPS:type": "fixed"}
FLOATING = {"addr": "172.24.4.9", "version": 4, "OS-EXT-IPS:type": "floating"}


class Asked:
    """A service of the SDK that answers each question with a list, and keeps what it was told."""

    def __init__(self, answer: Sequence[Any] = ()) -> None:
        self.answer = answer
        self.told: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def ask(*_: Any, **words: Any) -> Sequence[Any]:
            self.told.append((name, words))
            return self.answer

        return ask


def sdk(**services: Asked) -> Sdk:
    made = Sdk.__new__(Sdk)
    made._cloud = SimpleNamespace(current_project_id="p", **services)
    return made


def test_an_instance_is_known_by_its_addresses_and_tags():
    found = SdkServer(
        id="s", name="juju-1-0", status="ACTIVE", addresses={"net": [SIX, FLOATING, FIXED]},
        metadata={"juju-machine-id": "0"}, availability_zone="nova",
    )  # fmt: skip

    (server,) = sdk(compute=Asked([found])).servers()

    tags = {"juju-machine-id": "0"}
    assert server == Server("s", "juju-1-0", "ACTIVE", "10.0.0.7", "172.24.4.9", "nova", tags=tags)


def test_rules_come_back_as_they_were_asked_for():
    rules = (Rule("tcp", 22, 22, "0.0.0.0/0"), Rule(group="g"), Rule("icmp", cidr="0.0.0.0/0"))
    network = Asked()
    sdk(network=network).change_group("g", rules, ())
    asked = [{**words, "id": str(n)} for n, (_, words) in enumerate(network.told)]
    held = SecurityGroup(id="g", name="juju-c", security_group_rules=asked)

    (group,) = sdk(network=Asked([held])).groups("juju-")

    assert group == Group("g", "juju-c", dict(zip("012", rules, strict=True)))


def test_only_the_entry_and_its_file_say_where_the_cloud_is(tmp_path: Any, monkeypatch: Any):
    auth = "{auth_url: 'http://127.0.0.1:1/v3', username: u, password: p, project_name: d}"
    path = tmp_path / "clouds.yaml"
    path.write_text(f"clouds: {{there: {{auth: {auth}, region_name: north}}}}")
    monkeypatch.setenv("OS_REGION_NAME", "south")

    made = Sdk(Entry("there", str(path)))

    assert made._cloud.config.region_name == "north"
