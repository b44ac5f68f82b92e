"""Requests of the openstack cloud to an OpenStack, and what it leaves there."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1.exceptions import ConnectFailure
from msgspec.structs import replace

from kafkastack.clouds.openstack import naming
from kafkastack.clouds.openstack.cloud import OpenStackCloud
from kafkastack.clouds.openstack.entries import Entry
from kafkastack.clouds.protocol import Firewalled, Instance, MachineSpec, Opening, Watched
from kafkastack.errors import CloudAwayError, KafkastackError, NotFoundError
from tests.fakes.clock import run_ahead
from tests.unit.clouds.openstack.fake import FakeApi

SPEC = MachineSpec("0a1b2c3d-0000-4000-8000-0123456789ab", "demo", "0")
GONE = Instance("s99", "10.0.0.9", "juju-6789ab-0")
Scenario = Callable[[OpenStackCloud], Awaitable[Any]]


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def play(tmp_path: Path, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {there: {region_name: north}}")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    (tmp_path / "controller.json").write_text('{"cloud": "there", "uuid": "c0"}')

    async def body(scenario: Scenario, given: Mapping[str, Any]) -> Any:
        settings = {"entry": "there", "connect": lambda _: api, "pause_seconds": 0, **given}
        return await scenario(OpenStackCloud(tmp_path, tmp_path, **settings))

    return lambda scenario, run=asyncio.run, **given: run(body(scenario, given))


def test_a_machine_is_an_instance_of_jujus_name_that_is_found_again(
    play: Callable[[Scenario], Any], api: FakeApi
):
    async def twice(cloud: OpenStackCloud) -> tuple[Instance, Instance]:
        return await cloud.create(SPEC), await cloud.create(SPEC)

    first, second = play(twice)

    assert first == second
    assert first.hostname == "juju-6789ab-0"
    assert (first.address, first.public_address) == ("10.0.0.7", "172.24.4.9")
    assert first.base == "debian@12"
    assert [order.tags for order in api.orders] == [naming.server_tags("c0", SPEC)]
    assert "ssh-ed25519" in api.orders[0].user_data


class Reached:
    """A machine that lets us in at once, and notes what it is to trust."""

    def __init__(self, instance: Instance, *_: object) -> None:
        self.instance = instance
        self.trusted: list[str] = []

    async def connect(self) -> None:
        pass

    async def trust(self, cas: Sequence[str]) -> None:
        self.trusted += cas


def test_a_machine_trusts_what_was_added_to_the_store_of_the_host(
    play: Callable[..., Any], api: FakeApi
):
    async def attach(cloud: OpenStackCloud) -> Any:
        return await cloud.attach(SPEC, await cloud.create(SPEC))

    found = play(attach, reach=Reached, cas=lambda: ("of the company",))

    assert found.trusted == ["of the company"]


def test_a_cloud_that_never_answers_is_not_waited_for_when_a_controller_is_made(
    play: Callable[..., Any],
):
    silence = threading.Event()

    try:
        with pytest.raises(CloudAwayError, match='"there" does not answer: it was asked 30 s ago'):
            play(lambda cloud: cloud.check(), connect=lambda _: silence.wait(), run=run_ahead)
    finally:
        silence.set()


def test_machines_made_at_once_share_the_group_of_their_model(
    play: Callable[[Scenario], Any], api: FakeApi
):
    async def two(cloud: OpenStackCloud) -> None:
        await asyncio.gather(cloud.create(SPEC), cloud.create(replace(SPEC, machine_id="1")))

    play(two)

    names = sorted(group.name for group in api.group_list.values())
    model = f"juju-c0-{SPEC.model_uuid}"
    assert names == [model, f"{model}-0", f"{model}-1"]


def test_ports_are_opened_and_closed_on_the_group_of_the_machine(
    play: Callable[[Scenario], Any], api: FakeApi
):
    async def expose(cloud: OpenStackCloud) -> list[int]:
        instance = await cloud.create(SPEC)
        counts: list[int] = []
        for openings in ((Opening("9092/tcp"), Opening("1-9/udp")), (Opening("9092/tcp"),), ()):
            await cloud.open_ports(SPEC, instance, frozenset(openings))
            group = next(g for g in api.group_list.values() if g.name.endswith("-0"))
            counts.append(len(group.rules))
        return counts

    assert play(expose) == [2, 1, 0]


def test_the_last_machine_takes_the_groups_with_it(play: Callable[[Scenario], Any], api: FakeApi):
    async def end(cloud: OpenStackCloud) -> None:
        other = replace(SPEC, machine_id="1")
        first, second = await cloud.create(SPEC), await cloud.create(other)
        await cloud.destroy(SPEC, first)
        assert len(api.group_list) == 2
        await cloud.destroy(other, second)
        await cloud.destroy(other, second)  # gone already: fine

    play(end)

    assert (api.server_list, api.group_list) == ({}, {})


def test_a_shutdown_ends_what_is_ours_and_nothing_else(
    play: Callable[[Scenario], Any], api: FakeApi
):
    async def end(cloud: OpenStackCloud) -> None:
        await cloud.create(SPEC)
        made = api.servers()[0]
        api.server_list["theirs"] = replace(made, id="theirs", tags={naming.CONTROLLER: "other"})
        api.make_group("default", "")
        await cloud.shutdown()

    play(end)

    assert [*api.server_list] == ["theirs"]
    assert [group.name for group in api.group_list.values()] == ["default"]


def test_an_instance_that_could_not_be_made_is_removed_and_its_fault_told(
    play: Callable[[Scenario], Any], api: FakeApi
):
    api.fault = "No valid host was found."

    with pytest.raises(KafkastackError, match="juju-6789ab-0 was not made: No valid host"):
        play(lambda cloud: cloud.create(SPEC))

    assert api.server_list == {}


def test_a_machine_whose_instance_is_gone_is_lost_and_says_what_to_type(
    play: Callable[[Scenario], Any],
):
    with pytest.raises(NotFoundError, match="machine 0 is lost") as refused:
        play(lambda cloud: cloud.attach(SPEC, GONE))

    assert "remove-machine 0 --force" in refused.value.advice


def test_the_address_of_a_machine_that_is_gone_is_given_back(
    play: Callable[[Scenario], Any], api: FakeApi
):
    play(lambda cloud: cloud.destroy(SPEC, replace(GONE, public_address="172.24.4.9")))

    assert api.released == ["172.24.4.9"]


def test_lost_machines_are_those_that_do_not_run(play: Callable[[Scenario], Any], api: FakeApi):
    async def ask(cloud: OpenStackCloud) -> dict[str, str]:
        instance = await cloud.create(SPEC)
        ids = [instance.instance_id, "s99"]
        before = dict(await cloud.lost(ids))
        server = api.server_list[instance.instance_id]
        api.server_list[server.id] = replace(server, status="SHUTOFF")
        return {**before, **(await cloud.lost(ids[:1]))}

    assert sorted(play(ask).values()) == ["DELETED", "SHUTOFF"]


def test_it_is_a_cloud_with_a_firewall_whose_machines_may_be_ended(
    play: Callable[[Scenario], Any],
):
    async def kinds(cloud: OpenStackCloud) -> tuple[bool, bool, str]:
        return isinstance(cloud, Firewalled), isinstance(cloud, Watched), cloud.region

    assert play(kinds) == (True, True, "north")


def test_a_cloud_that_was_away_is_looked_up_anew(play: Callable[[Scenario], Any], api: FakeApi):
    """Its address and password may be others by now."""
    connected: list[Entry] = []

    def connect(entry: Entry) -> FakeApi:
        connected.append(entry)
        return api

    async def ask_thrice(cloud: OpenStackCloud) -> None:
        cloud._connect = connect
        assert await cloud.lost([]) == {}
        api.away = ConnectFailure("refused")
        with pytest.raises(CloudAwayError, match="does not answer: refused"):
            await cloud.lost([])
        api.away = None
        assert await cloud.lost([]) == {}

    play(ask_thrice)

    assert len(connected) == 2


def test_a_cloud_that_hangs_keeps_neither_the_loop_nor_the_process(
    play: Callable[[Scenario], Any], api: FakeApi
):
    async def give_up(cloud: OpenStackCloud) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(cloud.lost([]), 0.01)

    api.hanging.clear()
    try:
        play(give_up)  # asyncio.run waits for its own threads
    finally:
        api.hanging.set()
