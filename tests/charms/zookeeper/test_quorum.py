"""The membership, the stages and the turns, without any server."""

from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.credentials import derive_password, is_password
from kafkastack_charms.peers import Member

from tests.charms.zookeeper.modules import leader, quorum, state
from tests.charms.zookeeper.modules import users as people

Stage = quorum.Stage
ids = st.integers(1, 9)
addresses = st.sampled_from(["10.0.0.1", "127.83.7.3", "fd00::7", "zk-0.example"])
members = st.dictionaries(ids, addresses, min_size=1, max_size=5)


@given(members)
def test_members_are_read_as_they_were_written(some: dict[int, str]) -> None:
    assert quorum.parse_members(quorum.format_members(some)) == some


def test_members_are_read_from_what_zookeeper_says() -> None:
    text = "server.1=127.0.1.1:2888:3888:participant;0.0.0.0:2181\nversion=10000000b"
    assert quorum.parse_members(text) == {1: "127.0.1.1"}
    assert quorum.parse_version(text) == 0x10000000B


def test_what_is_no_number_of_zookeepers_is_not_read() -> None:
    for number in ("9" * 5000, "²", "٣"):
        assert quorum.parse_members(f"server.{number}=127.0.1.1:2888:3888:participant") == {}
    assert quorum.parse_version(f"version={'f' * 17}") == -1


@given(members, ids, addresses, st.sets(ids))
def test_settling_is_done_once(
    some: dict[int, str], sid: int, address: str, gone: set[int]
) -> None:
    settled = quorum.join(some, (sid, address), gone) or some
    assert settled[sid] == address
    assert set(settled) == (set(some) - gone) | {sid}
    assert quorum.join(settled, (sid, address), gone) is None


@given(members, st.sets(ids))
def test_leaving_never_empties_the_quorum(some: dict[int, str], gone: set[int]) -> None:
    left, staying = quorum.leave(some, gone), set(some) - gone
    if staying and set(some) & gone:
        assert left == {sid: some[sid] for sid in staying}
    else:
        assert left is None, "nobody goes, or the last one stays"


@given(
    st.lists(st.sampled_from([Stage.PLAIN, Stage.TLS]), min_size=1, max_size=1),
    st.lists(st.integers(0, 4), min_size=200, max_size=200),
    st.booleans(),
    st.integers(2, 5),
)
def test_members_always_understand_each_other_and_arrive(
    start: list[Stage], order: list[int], encrypt: bool, size: int
) -> None:
    stages = start * size
    for number in [*order, *range(size), *range(size), *range(size), *range(size)]:
        me = number % size
        others = [stage for other, stage in enumerate(stages) if other != me]
        stages[me] = quorum.next_stage(stages[me], others, encrypt)
        assert max(stages) - min(stages) <= 1
    assert set(stages) == {Stage.TLS if encrypt else Stage.PLAIN}


@given(st.lists(st.booleans(), min_size=30, max_size=30))
def test_a_change_of_mind_is_survived(wishes: list[bool]) -> None:
    stages = [Stage.PLAIN] * 3
    for turn, encrypt in enumerate([*wishes, *wishes[-1:] * 12]):
        me = turn % 3
        others = [stage for other, stage in enumerate(stages) if other != me]
        stages[me] = quorum.next_stage(stages[me], others, encrypt)
        assert max(stages) - min(stages) <= 1
    assert set(stages) == {Stage.TLS if wishes[-1] else Stage.PLAIN}


def test_a_server_alone_changes_at_once() -> None:
    assert quorum.next_stage(Stage.PLAIN, [], encrypt=True) is Stage.TLS
    assert quorum.next_stage(Stage.TLS, [], encrypt=False) is Stage.PLAIN


def test_servers_join_in_the_order_of_their_ids() -> None:
    """Three at once: the third one was faster, and the second one never found the leader."""
    assert quorum.may_join(1, {}, planned=1)
    assert not quorum.may_join(2, {1: True}, planned=3), "the third one may be on its way"
    assert quorum.may_join(2, {1: True, 3: False}, planned=3)
    assert not quorum.may_join(3, {1: True, 2: False}, planned=3)
    assert quorum.may_join(3, {1: True, 2: True}, planned=3)
    assert quorum.may_join(3, {2: True}, planned=2), "the first one was removed long ago"


def peer(number: int, stage: quorum.Stage | None, has_certificate: bool = True) -> state.Peer:
    """Return a unit that has joined; one without a stage has not begun."""
    unit = Member(f"zookeeper/{number}", is_started=stage is not None)
    found = state.Peer(unit._replace(has_certificate=has_certificate), stage or Stage.PLAIN)
    return found._replace(is_member=stage is not None)


def test_a_newcomer_without_a_certificate_does_not_turn_the_others_back() -> None:
    assert leader.is_encrypted(True, [peer(0, Stage.TLS), peer(1, None, has_certificate=False)])
    assert leader.is_encrypted(True, [peer(0, None, has_certificate=False)]), "it waits for one"


def test_servers_that_speak_plain_wait_for_the_certificates_of_all() -> None:
    assert not leader.is_encrypted(True, [peer(0, Stage.PLAIN), peer(1, None, False)])
    assert leader.is_encrypted(True, [peer(0, Stage.PLAIN), peer(1, None)])
    assert not leader.is_encrypted(False, [peer(0, Stage.TLS)])


def test_the_first_server_does_not_leave_those_behind_that_begin_beside_it() -> None:
    """Three at once: it went all the way while another began with what it had seen before."""
    own, beside = peer(0, Stage.PLAIN), [peer(1, None)]
    assert leader.choose_stage(own, beside, planned=2, encrypt=True) is Stage.ACCEPT_BOTH
    assert leader.choose_stage(own, [], planned=2, encrypt=True) is Stage.ACCEPT_BOTH
    assert leader.choose_stage(own, [], planned=1, encrypt=True) is Stage.TLS


def test_one_that_has_not_joined_does_not_go_ahead_of_those_that_have() -> None:
    """It went on to the next stage, was understood by nobody and kept its turn for ever."""
    newcomer = peer(1, Stage.ACCEPT_BOTH)._replace(is_member=False)
    others = [peer(0, Stage.ACCEPT_BOTH), peer(2, Stage.ACCEPT_BOTH)]
    assert leader.choose_stage(newcomer, others, planned=3, encrypt=True) is Stage.ACCEPT_BOTH
    behind = newcomer._replace(stage=Stage.PLAIN)
    assert leader.choose_stage(behind, others, planned=3, encrypt=True) is Stage.ACCEPT_BOTH
    joined = newcomer._replace(is_member=True)
    assert leader.choose_stage(joined, others, planned=3, encrypt=True) is Stage.DIAL_TLS


def test_a_server_begins_as_those_talk_that_there_are() -> None:
    fresh = peer(0, None)
    assert leader.choose_stage(fresh, [peer(1, None)], planned=2, encrypt=True) is Stage.TLS
    others = [peer(1, Stage.ACCEPT_BOTH), peer(2, None)]
    assert leader.choose_stage(fresh, others, planned=3, encrypt=True) is Stage.ACCEPT_BOTH


def test_the_old_port_stays_until_it_may_close() -> None:
    both = quorum.next_ports((2181,), encrypt=True, may_close=True)
    assert both == (2181, 2182)
    assert quorum.next_ports(both, encrypt=True, may_close=False) == both
    assert quorum.next_ports(both, encrypt=True, may_close=True) == (2182,)
    assert quorum.next_ports((2182,), encrypt=False, may_close=True) == both
    assert quorum.next_ports(both, encrypt=False, may_close=True) == (2181,)
    assert quorum.next_ports(both, encrypt=True, may_close=True, in_use={2181}) == both
    assert quorum.next_ports(both, encrypt=True, may_close=True, in_use={2182}) == (2182,)
    alone = quorum.next_ports((2182,), encrypt=True, may_close=True, in_use={2181})
    assert alone == (2182,), "what is closed stays closed"


KEY = "ab" * 32
relations = st.sets(st.integers(2, 500), max_size=6)


@given(relations, relations)
def test_a_new_relation_of_the_same_block_changes_no_file(
    current: set[int], retired: set[int]
) -> None:
    current -= retired
    before = people.relation_ids(1, current, retired)
    newest = max({1} | current | retired)
    assert set(range(newest + 1, newest + people.BLOCK)) <= set(before)
    if (newest + 1) % people.BLOCK:
        assert people.relation_ids(1, current | {newest + 1}, retired) == before


@given(relations, relations)
def test_retired_users_never_come_back(current: set[int], retired: set[int]) -> None:
    assert not set(people.relation_ids(1, current, retired)) & retired


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_every_relation_has_a_password_of_its_own(one: int, other: int) -> None:
    passwords = {
        derive_password(KEY, people.username(one)),
        derive_password(KEY, people.username(other)),
    }
    assert len(passwords) == (1 if one == other else 2)
    assert all(is_password(password) and len(password) == 32 for password in passwords)
    assert derive_password("cd" * 32, people.username(one)) not in passwords
