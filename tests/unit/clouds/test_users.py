from pathlib import Path

import pytest

from kafkastack.clouds.local.users import (
    Ids,
    Taken,
    candidates,
    choose,
    parse_map,
    parse_subordinate,
    with_group,
    with_user,
)
from kafkastack.errors import PreflightError

ALL = ((Ids(0, 1 << 32),), (Ids(0, 1 << 32),))
UUID = "0a1b2c3d-0000-4000-8000-0123456789a0"


def nobodys(_: int) -> bool:
    return False


def test_two_addresses_never_have_a_user_in_common():
    one, other = (set(candidates(f"127.7.1.{n}", UUID)) for n in (1, 2))

    assert not one & other
    assert all(number & 0xFFFFFF == 0x070101 for number in one)


def test_the_first_choices_are_what_systemd_gives_to_nobody():
    uid = choose(candidates("127.254.255.254", UUID), Taken(ALL), nobodys)

    assert 1879048192 <= uid <= 2147483647


@pytest.mark.parametrize(
    "taken",
    [
        Taken(ALL, (Ids(0x70000000, 1 << 24),)),
        Taken(((Ids(0, 0x70000000), Ids(0x71000000, 1 << 24)),) * 2),
    ],
)
def test_what_is_somebody_s_or_is_not_there_is_passed_over(taken: Taken):
    assert choose(candidates("127.1.0.1", UUID), taken, nobodys) == 0x71010001


def test_a_process_that_runs_as_a_user_keeps_his_number_from_a_machine():
    chosen = choose(candidates("127.1.0.1", UUID), Taken(ALL), lambda uid: uid < 0x72000000)

    assert chosen == 0x72010001


def test_a_container_of_lxd_has_ids_for_machines():
    lxd = (tuple(parse_map("0 1000000 1000000000\n")),) * 2

    assert choose(candidates("127.254.255.254", UUID), Taken(lxd), nobodys) < 1_000_000_000


@pytest.mark.parametrize(
    ("taken", "why"),
    [(Taken(((Ids(0, 65536),),) * 2), "too few"), (Taken(ALL, (Ids(0, 1 << 32),)), "in use")],
)
def test_a_host_without_ids_for_machines_is_refused(taken: Taken, why: str):
    with pytest.raises(PreflightError, match=f"{why}.*\n?.*") as refusal:
        choose(candidates("127.1.0.1", UUID), taken, nobodys)
    assert "as an ordinary user" in f"{refusal.value} {refusal.value.advice}"


def test_ranges_given_to_users_are_read_and_nonsense_is_not():
    text = "# comment\nalice:100000:65536\n1000:200000:10\nbroken\nx:y:z\n"

    assert list(parse_subordinate(text)) == [Ids(100000, 65536), Ids(200000, 10)]


def test_a_machine_s_user_takes_the_place_of_one_of_his_name():
    passwd = with_user(
        "root:x:0:0::/root:/bin/sh\nubuntu:x:1000:1000::/home/ubuntu:\n", 7, Path("/h")
    )

    assert passwd == "root:x:0:0::/root:/bin/sh\nubuntu:x:7:7:ubuntu:/h:/bin/bash\n"
    assert with_group("root:x:0:\nubuntu:x:1000:\n", 7) == "root:x:0:\nubuntu:x:7:\n"


def test_a_home_cannot_write_a_line_of_its_own():
    passwd = with_user("", 7, Path("/a\nevil:x:0:0::/:/bin/sh"))

    assert passwd == "ubuntu:x:7:7:ubuntu:/nonexistent:/bin/bash\n"
