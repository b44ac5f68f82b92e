from itertools import islice
from pathlib import Path

import pytest

from kafkastack.clouds.local.addresses import (
    Blocks,
    bind_reservation,
    blocks_in_use,
    candidates,
    pick_host,
)
from kafkastack.errors import PreflightError

MODEL = "0a1b2c3d-0000-4000-8000-0123456789ab"


def test_the_start_depends_on_the_model_and_on_nothing_else():
    first = list(islice(candidates(MODEL, ()), 3))

    assert first == list(islice(candidates(MODEL, ()), 3))
    assert first != list(islice(candidates("another", ()), 3))


def test_every_block_is_offered_once_and_none_of_127_0():
    blocks = list(candidates(MODEL, ()))

    assert len(blocks) == len(set(blocks)) == 254 * 256
    assert not any(block.startswith("127.0.") for block in blocks)


def test_blocks_in_use_are_skipped():
    first = next(candidates(MODEL, ()))

    assert next(candidates(MODEL, {first})) != first
    assert blocks_in_use([f"{first}.7", "10.0.0.1", "::1"]) == {first}


@pytest.mark.parametrize(
    ("machine", "taken", "number"),
    [("0", (), 1), ("3", (1, 2), 4), ("1", (2,), 1), ("300", (1,), 2), ("0/lxd/4", (), 5)],
)
def test_machine_n_has_host_number_n_plus_one_while_it_is_free(
    machine: str, taken: "tuple[int]", number: int
):
    assert pick_host(machine, taken) == number


def test_a_full_model_says_so():
    with pytest.raises(PreflightError, match="at most 254 machines"):
        pick_host("0", range(1, 255))


def test_a_block_survives_a_restart_of_the_controller(tmp_path: Path):
    blocks = Blocks(tmp_path / "networks")
    block = blocks.block_of(MODEL)
    blocks.close()

    again = Blocks(tmp_path / "networks")

    assert again.block_of(MODEL) == block
    again.close()


def test_two_controllers_never_share_a_block(tmp_path: Path):
    one, two = Blocks(tmp_path / "one"), Blocks(tmp_path / "two")

    assert one.block_of(MODEL) != two.block_of(MODEL)
    one.close()
    two.close()


def test_a_block_taken_meanwhile_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    blocks = Blocks(tmp_path / "networks")
    block = blocks.block_of(MODEL)
    blocks.close()
    thief = bind_reservation(block)
    assert thief

    assert blocks.block_of(MODEL) == block

    assert f"{block}.0/24 was taken by another controller" in caplog.text
    thief.close()


def test_a_released_block_is_free_for_others(tmp_path: Path):
    blocks = Blocks(tmp_path / "networks")
    block = blocks.block_of(MODEL)

    blocks.release(MODEL)

    taken = bind_reservation(block)
    assert taken
    taken.close()
