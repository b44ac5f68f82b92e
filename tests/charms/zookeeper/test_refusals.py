"""A chroot belongs to who got it first; who asks for what cannot be is refused alone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafkastack_charms.testing.ca import CA
from ops import testing

from tests.charms.zookeeper.modules import chroots
from tests.charms.zookeeper.test_wire import ASKED
from tests.charms.zookeeper.unit import ADDRESS, Unit

FIRST, SECOND = 8, 9
GRANTED = json.dumps({"8": "cdrwa /kafka"})


def relation(number: int, asked: dict[str, str], told: dict[str, str] | None = None) -> Any:
    return testing.Relation(
        "zookeeper",
        id=number,
        remote_app_name=f"app-{number}",
        remote_app_data=asked,
        local_app_data=told or {},
    )


def asking(database: str) -> dict[str, str]:
    return ASKED | {"database": database}


def state(unit: Unit, *clients: Any, leader: bool = True, **app_data: str) -> testing.State:
    peers = testing.PeerRelation(
        "cluster", id=1, local_app_data={"credentials": "secret:abc", **app_data}
    )
    return unit.state(peers, *clients, leader=leader, secrets=[unit.secret()])


def with_relations(before: testing.State, *changed: Any) -> testing.State:
    kept = [r for r in before.relations if r.id not in {relation.id for relation in changed}]
    return replace(before, relations=[*kept, *changed])


def look(unit: Unit, before: testing.State) -> testing.State:
    return unit.run(unit.context.on.config_changed(), before)


def told(after: testing.State, number: int) -> dict[str, str]:
    return dict(after.get_relation(number).local_app_data)


def reason(after: testing.State, number: int) -> str:
    (status,) = json.loads(told(after, number)["status"])
    return status["message"]


# -- whose chroot


@pytest.mark.parametrize(
    "asked", ["/kafka", "kafka", "/kafka/", "/kafka/config/users", "/kafka/x"]
)
def test_a_chroot_is_nobody_elses(unit: Unit, serving: None, asked: str) -> None:
    clients = relation(SECOND, asking(asked)), relation(FIRST, asking("/kafka"))
    after = look(unit, state(unit, *clients))
    assert unit.ensemble.chroots == {"/kafka": {"relation-8": "cdrwa"}}
    assert list(told(after, SECOND)) == ["status"]
    assert reason(after, SECOND).endswith("belongs to relation 8")
    assert after.unit_status.name == "active"
    assert "refused: relation 9 (app-9): database '/kafka" in after.unit_status.message
    assert "secret-user" in told(after, FIRST)


def test_what_lies_above_a_chroot_is_nobodys(unit: Unit, serving: None) -> None:
    clients = relation(FIRST, asking("/a/b")), relation(SECOND, asking("/a"))
    after = look(unit, state(unit, *clients))
    assert unit.ensemble.chroots == {"/a/b": {"relation-8": "cdrwa"}}
    assert reason(after, SECOND) == "database '/a' belongs to relation 8"


def test_chroots_beside_each_other_are_given(unit: Unit, serving: None) -> None:
    clients = relation(FIRST, asking("/kafka")), relation(SECOND, asking("/kafka2"))
    look(unit, state(unit, *clients))
    assert sorted(unit.ensemble.chroots) == ["/kafka", "/kafka2"]


def test_the_first_keeps_its_chroot_when_the_leader_changes(unit: Unit, serving: None) -> None:
    """What was granted decides, not the number of the relation."""
    clients = relation(FIRST, asking("/kafka")), relation(SECOND, asking("/kafka"))
    after = look(unit, state(unit, *clients, granted=json.dumps({"9": "cdrwa /kafka"})))
    assert unit.ensemble.chroots == {}, "nothing is to be changed"
    assert reason(after, FIRST) == "database '/kafka' belongs to relation 9"
    assert "secret-user" in told(after, SECOND)


def test_a_relation_that_ends_leaves_its_chroot_to_the_next(unit: Unit, serving: None) -> None:
    clients = relation(FIRST, asking("/kafka")), relation(SECOND, asking("/kafka"))
    before = state(unit, *clients, granted=GRANTED)
    unit.run(unit.context.on.relation_broken(before.get_relation(FIRST)), before)
    assert unit.ensemble.chroots == {"/kafka": {"relation-9": "cdrwa"}}


def test_a_relation_that_moves_leaves_nothing_behind(unit: Unit, serving: None) -> None:
    after = look(unit, state(unit, relation(FIRST, asking("/other")), granted=GRANTED))
    assert unit.ensemble.chroots == {"/kafka": {}, "/other": {"relation-8": "cdrwa"}}
    assert json.loads(after.get_relation(1).local_app_data["granted"]) == {"8": "cdrwa /other"}


def test_a_relation_that_is_refused_something_keeps_what_it_has(unit: Unit, serving: None) -> None:
    clients = relation(FIRST, asking("/kafka")), relation(SECOND, asking("/other"))
    after = look(unit, state(unit, *clients))
    unit.ensemble.chroots.clear()
    moved = relation(SECOND, asking("/kafka/x"), told(after, SECOND))
    unit.confirm({1: ADDRESS})
    again = look(unit, with_relations(after, moved))
    assert unit.ensemble.chroots == {}
    assert json.loads(again.get_relation(1).local_app_data["granted"])["9"] == "cdrwa /other"
    assert {"secret-user", "status"} <= told(again, SECOND).keys()


def test_a_large_tree_keeps_nobody_else_waiting_and_goes_on_in_the_next_hook(
    unit: Unit, serving: None
) -> None:
    clients = relation(FIRST, asking("/other")), relation(SECOND, asking("/fast"))
    unit.ensemble.large = {"/kafka"}
    after = look(unit, state(unit, *clients, granted=GRANTED))
    assert unit.ensemble.chroots == {"/fast": {"relation-9": "cdrwa"}}, "the first has yet to move"
    assert "secret-user" in told(after, SECOND)
    assert (unit.root / ".unfinished").exists()
    look(unit, with_relations(after))
    assert unit.ensemble.chroots.keys() == {"/fast", "/kafka", "/other"}
    assert unit.ensemble.chroots["/kafka"] == {}
    assert not (unit.root / ".unfinished").exists()
    assert not (unit.root / ".chroots").exists()


def test_nobody_gets_a_chroot_that_is_still_being_taken_from_another(
    unit: Unit, serving: None
) -> None:
    clients = relation(FIRST, asking("/other")), relation(SECOND, asking("/kafka"))
    unit.ensemble.large = {"/kafka"}
    after = look(unit, state(unit, *clients, granted=GRANTED))
    assert unit.ensemble.chroots == {}
    unit.ensemble.large = set()
    look(unit, with_relations(after))
    assert unit.ensemble.chroots == {
        "/kafka": {"relation-9": "cdrwa"},
        "/other": {"relation-8": "cdrwa"},
    }


def test_what_two_relations_were_given_once_is_the_firsts_alone(unit: Unit, serving: None) -> None:
    """Before this was checked, two could have the same chroot."""
    both = json.dumps({"8": "cdrwa /kafka", "9": "cdrwa /kafka"})
    clients = (
        relation(FIRST, asking("/kafka")),
        relation(SECOND, asking("/kafka"), {"chroot": "/kafka", "username": "relation-9"}),
    )
    after = look(unit, state(unit, *clients, granted=both))
    assert unit.ensemble.chroots == {"/kafka": {"relation-8": "cdrwa"}}
    assert list(told(after, SECOND)) == ["status"]
    assert json.loads(after.get_relation(1).local_app_data["granted"]) == {"8": "cdrwa /kafka"}


def test_a_follower_changes_nothing(unit: Unit, serving: None) -> None:
    given = {"granted": GRANTED, "founder": "zookeeper/0"}
    after = look(unit, state(unit, relation(FIRST, asking("/x")), leader=False, **given))
    assert unit.ensemble.chroots == {}
    assert told(after, FIRST) == {}


paths = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map(lambda p: "/" + "/".join(p))
claims = st.dictionaries(st.integers(1, 6), paths)


@given(claims, claims)
def test_no_two_owners_meet_and_who_had_a_chroot_first_keeps_it(
    asked: dict[int, str], granted: dict[int, str]
) -> None:
    owners, refused = chroots.settle(asked, granted)
    pairs = [(a, b) for a in owners.items() for b in owners.items() if a[0] != b[0]]
    assert not [pair for pair in pairs if chroots.overlap(pair[0][1], pair[1][1])]
    assert asked.keys() - refused.keys() <= owners.keys()
    assert all(owners[number] == asked[number] for number in asked.keys() - refused.keys())
    again = chroots.settle(asked, owners)
    assert again.owners.keys() >= owners.keys()


@pytest.mark.parametrize(
    "path",
    [
        *("/", "//", "//kafka", "/a//b", "/a/./b", "/a/..", "/..", "/a\x00", "/a\x9f", "/\ud800"),
        *("/\U0001f600", "/\u2028", "/\u0378"),
        *("/zookeeper", "/zookeeper/quota", "zookeeper", "/" + "x" * 600, "/a\ufff0"),
    ],
)
def test_a_path_that_nobody_can_have(path: str) -> None:
    assert chroots.find_fault(chroots.normalize(path))


@pytest.mark.parametrize("path", ["/kafka", "kafka", "/a.b", "/...", "/a/b/", "/zookeeper2", "/ü"])
def test_a_path_that_somebody_can_have(path: str) -> None:
    assert not chroots.find_fault(chroots.normalize(path))


# -- form


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"requested-secrets": "not json"}, "requested-secrets is not JSON"),
        ({"requested-secrets": "[null]"}, "requested-secrets[0] is not a text"),
        ({"provided-secrets": "5"}, "provided-secrets is not a list"),
        ({"database": "/a\nb"}, "database has control characters"),
        ({"database": "/zookeeper"}, "database '/zookeeper' is ZooKeeper's own"),
        ({"extra-user-roles": "admin"}, "extra-user-roles 'admin': rights are letters of cdrwa"),
        ({"extra-user-roles": "cdrwa,superman"}, "extra-user-roles 'cdrwa,superman': rights are"),
        ({"mtls-cert": "none"}, "mtls-cert: clients log in by password, none by certificate"),
        ({"secret-mtls": "secret:abc"}, "mtls-cert: clients log in by password"),
        ({"database": "/" + "x" * 2**17}, "more than 131072 characters of JSON"),
        ({"junk": "😀" * 11_000}, "more than 131072 characters of JSON"),
    ],
)
def test_who_breaks_the_form_is_refused_alone(
    unit: Unit, serving: None, changed: dict[str, str], why: str
) -> None:
    clients = relation(FIRST, asking("/kafka")), relation(SECOND, asking("/mine") | changed)
    after = look(unit, state(unit, *clients))
    assert unit.ensemble.chroots == {"/kafka": {"relation-8": "cdrwa"}}
    assert reason(after, SECOND).startswith(why)
    assert f"relation 9 (app-9): {why}" in after.unit_status.message
    assert "secret-user" in told(after, FIRST)


def test_who_breaks_the_form_later_keeps_its_chroot_from_others(unit: Unit, serving: None) -> None:
    broken = relation(FIRST, asking("/kafka") | {"requested-secrets": "5"})
    after = look(unit, state(unit, broken, relation(SECOND, asking("/kafka")), granted=GRANTED))
    assert unit.ensemble.chroots == {}
    assert reason(after, FIRST) == "requested-secrets is not a list"
    assert reason(after, SECOND) == "database '/kafka' belongs to relation 8"


def test_who_asks_rightly_later_is_served(unit: Unit, serving: None) -> None:
    after = look(unit, state(unit, relation(FIRST, asking("/zookeeper"))))
    good = relation(FIRST, asking("/kafka"), told(after, FIRST))
    unit.confirm({1: ADDRESS})
    again = look(unit, state(unit, good))
    assert "status" not in told(again, FIRST)
    assert "secret-user" in told(again, FIRST)


# -- peers


@pytest.mark.parametrize(
    "data",
    [
        {"stage": "7"},
        {"stage": "x"},
        {"ports": "2181,x"},
        {"address": "a\nb"},
        {"certificate": "5"},
    ],
)
def test_a_peer_whose_databag_cannot_be_read_counts_as_silent(
    unit: Unit, serving: None, data: dict[str, str]
) -> None:
    peers = testing.PeerRelation(
        "cluster", id=1, local_app_data={"credentials": "secret:abc"}, peers_data={1: data}
    )
    after = look(unit, unit.state(peers, secrets=[unit.secret()], planned_units=2))
    assert after.unit_status.name == "maintenance"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("granted", "not json"),
        ("granted", '{"x": "cdrwa /a"}'),
        ("published", "[null]"),
        ("ports", "many"),
        ("retired", "1,,2"),
        ("rotations", "often"),
    ],
)
def test_a_record_of_our_own_that_cannot_be_read_is_not_replaced(
    unit: Unit, serving: None, key: str, text: str
) -> None:
    after = look(unit, state(unit, relation(FIRST, ASKED), **{key: text}))
    assert after.unit_status.name == "blocked"
    assert after.unit_status.message.startswith("the peer databag cannot be read: ")
    assert after.get_relation(1).local_app_data[key] == text
    assert unit.ensemble.chroots == {}
    assert after.get_relation(1).local_app_data["credentials"] == "secret:abc"


def test_an_action_says_that_a_record_cannot_be_read(unit: Unit, serving: None) -> None:
    before = state(unit, relation(FIRST, ASKED), rotations="often")
    with pytest.raises(testing.ActionFailed, match="the peer databag cannot be read"):
        unit.run(unit.context.on.action("get-super-password"), before)


# -- the authority


@pytest.mark.parametrize(
    "bag",
    [
        {"certificates": "not json"},
        {"certificates": "[null]"},
        {"certificates": "5", "request_errors": "5"},
        {"certificates": "[" * 100_000},
        {"certificates": f"[{'9' * 5000}]"},
        {
            "certificates": json.dumps(
                [{"certificate": "x", "certificate_signing_request": "y", "ca": "z"}]
            )
        },
        {"certificates": json.dumps([{"certificate": 5}])},
        {
            "request_errors": json.dumps(
                [{"csr": "x", "error": {"code": 1, "name": "", "message": ""}}]
            )
        },
        {"request_errors": "[[1, 2]]", "capabilities": "5"},
    ],
)
def test_what_an_authority_writes_does_not_stop_the_unit(
    unit: Unit, serving: None, bag: dict[str, str]
) -> None:
    authority = testing.Relation("certificates", id=2, remote_app_name="ca", remote_app_data=bag)
    before = state(unit, relation(FIRST, ASKED), authority)
    after = unit.run(unit.context.on.relation_changed(authority), before)
    assert after.get_relation(2).local_unit_data["certificate_signing_requests"]
    if "certificates" in bag:
        assert after.unit_status.name == "blocked"
        assert "the CA's answer cannot be used: certificates" in after.unit_status.message


def test_one_bad_certificate_does_not_keep_the_good_one_from_the_unit(
    unit: Unit, serving: None
) -> None:
    authority = testing.Relation("certificates", id=2, remote_app_name="ca")
    asked = unit.run(unit.context.on.relation_created(authority), state(unit, authority))
    asking = asked.get_relation(2)
    signed = CA().answer(asking.local_unit_data["certificate_signing_requests"])
    bad = [None, 5, {**signed[0], "certificate": "x"}, {**signed[0], "chain": ["y"]}]
    answered = replace(asking, remote_app_data={"certificates": json.dumps([*bad, *signed])})
    after = unit.run(unit.context.on.relation_changed(answered), with_relations(asked, answered))
    assert after.get_relation(1).local_unit_data["certificate"] == "true"
    assert "refused: CA: certificates[0] is not an object" in after.unit_status.message
