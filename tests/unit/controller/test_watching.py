"""Machines that others have ended are let go of, and said to be down."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from kafkastack.clouds.protocol import Instance
from kafkastack.controller.watching import not_attached, watch
from kafkastack.errors import KafkastackError
from kafkastack.model.records import Machine, StatusInfo

RECORD = Machine("0", "", 0.0, StatusInfo("running"), StatusInfo("started", since=1.0))


class Known:
    def __init__(self, name: str) -> None:
        self.instance = Instance(name, "10.0.0.1", name)


class Losing:
    """Does not answer first, then says that one of its instances is gone."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []

    async def lost(self, instances: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(instances)
        if len(self.asked) == 1:
            raise KafkastackError("the cloud does not answer")
        return {"i-1": "DELETED"}


def test_a_machine_is_let_go_of_when_the_cloud_says_that_it_is_gone():
    attached: Any = {("m", "0"): Known("i-0"), ("m", "1"): Known("i-1")}
    cloud, gone = Losing(), asyncio.Event()

    async def lose(place: tuple[str, str]) -> None:
        assert place == ("m", "1")
        attached.pop(place)
        gone.set()

    async def scenario() -> None:
        watching = asyncio.create_task(watch(cloud, cast(Any, attached), lose, seconds=0))
        await asyncio.wait_for(gone.wait(), 10)
        watching.cancel()

    asyncio.run(scenario())

    assert cloud.asked[:2] == [["i-0", "i-1"]] * 2


def test_a_machine_that_was_there_is_down_since_it_was_lost():
    first = not_attached(RECORD, "it is lost", 5.0)
    again = not_attached(Machine("0", "", 0.0, first["status"], first["agent"]), "still", 9.0)

    assert first["agent"].current == "down"
    assert again["agent"].since == 5.0
    assert again["status"].message == "still"


def test_a_machine_that_was_never_there_has_an_error_and_is_not_down():
    pending = Machine("0", "", 0.0, StatusInfo("pending"), StatusInfo("pending"))

    assert [*not_attached(pending, "quota", 5.0)] == ["status"]
