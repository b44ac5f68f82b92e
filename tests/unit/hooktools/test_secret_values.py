"""Values that an owner gives a secret: checked, and in force for the revision they are given."""

import json

import pytest

from kafkastack.hooktools.secret_rules import after_secret_hook, due_hooks
from kafkastack.model.records import Secret, SecretRevision
from tests.fakes.world import MODEL, World


def add(world: World, *words: str) -> str:
    run = world.run()
    identity = run.says("secret-add", *words).strip().removeprefix("secret:")
    run.commit()
    return identity


def change(world: World, *words: str) -> None:
    run = world.run()
    run.says(*words)
    run.commit()


def secret(world: World, identity: str) -> Secret:
    return world.store.get(Secret, MODEL, identity)


@pytest.mark.parametrize(
    ("words", "content"),
    [
        (["password=a=b c"], {"password": "a=b c"}),
        (["password#base64=aGk="], {"password": "hi"}),
        (["user=me", "password#file=/secret/pass"], {"user": "me", "password": "from a file\n"}),
        (["--file", "/secret/all.yaml"], {"user": "yes", "password": "1e3"}),
    ],
)
def test_content_in_every_form(world: World, words: list[str], content: dict[str, str]):
    world.files["/secret/pass"] = b"from a file\n"
    world.files["/secret/all.yaml"] = b"user: yes\npassword: 1e3\n"
    add(world, *words)
    (revision,) = world.store.all(SecretRevision, MODEL)
    assert revision.content == content


def test_content_on_stdin(world: World):
    run = world.run()
    run.says("secret-add", "--file", "-", stdin=b'{"password": "from stdin"}')
    run.commit()
    (revision,) = world.store.all(SecretRevision, MODEL)
    assert revision.content == {"password": "from stdin"}


def test_what_is_not_text_is_refused_without_showing_it(world: World):
    world.files["/secret/key"] = b"\xff\xfe secret bytes"
    said = world.run().refuses("secret-add", "key1#file=/secret/key")
    assert said == 'invalid value of key "key1": not text, for it is not UTF-8'


@pytest.mark.parametrize("key", ["A", "ab", "1abc", "a_b", "abc-", "abc#"])
def test_keys_are_checked_in_files_too(world: World, key: str):
    world.files["/f"] = json.dumps({key: "x"}).encode()
    assert world.run().refuses("secret-add", "--file", "/f") == f'key "{key}" not valid'


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("24h", 86400.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("90s", 90.0)),
        *((".5h", 1800.0), ("1.h", 3600.0), ("1500ms", 1.5), ("2s500000us", 2.5)),
    ],
)
def test_a_duration_counts_from_now(world: World, text: str, seconds: float):
    identity = add(world, "password=x", "--expire", text)
    assert secret(world, identity).expires == world.clock + seconds


@pytest.mark.parametrize(
    "text",
    ["2027-08-24T11:59:16.366534", "2027-08-24T11:59:16Z", "2027-08-24T13:59:16+02:00"],
)
def test_a_time_is_printed_in_utc(world: World, text: str):
    identity = add(world, "password=x", "--expire", text)
    info = json.loads(world.run().says("secret-info-get", "--format=json", identity))
    assert info[identity]["expiry"] == "2027-08-24T11:59:16Z"


def test_a_time_that_is_past_is_taken_and_due_at_once(world: World):
    run = world.run()
    identity = run.says("secret-add", "password=x", "--expire", "2001-01-01T00:00:00Z").strip()
    assert "2001-01-01T00:00:00Z" in run.says("secret-info-get", identity)
    run.commit()
    (due,) = due_hooks(world.store, MODEL, "app/0", world.clock)
    assert due.kind == "secret-expired"
    with world.store.transaction() as tx:
        after_secret_hook(tx, MODEL, "app/0", due, world.clock)
    assert not list(due_hooks(world.store, MODEL, "app/0", world.clock)), "it is told once"
    assert "2001-01-01T00:00:00Z" in world.run().says("secret-info-get", identity)


def test_an_expiry_in_1970_is_no_secret_that_never_expires(world: World):
    identity = add(world, "password=x", "--expire", "1970-01-01T00:00:00Z")
    assert [hook.kind for hook in due_hooks(world.store, MODEL, "app/0", world.clock)] == [
        "secret-expired"
    ], identity


@pytest.mark.parametrize(
    "text",
    [
        *("9" * 400 + "h", "99999999999h", "0", "2026-13-01", "-1h", "٣h"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_time_that_no_calendar_has_is_refused(world: World, text: str):
    said = world.run().refuses("secret-add", "password=x", "--expire", text)
    assert said.endswith("not valid")


def test_an_expiry_is_that_of_its_revision(world: World):
    identity = add(world, "password=x", "--expire", "24h")
    change(world, "secret-set", identity, "--description", "the same content")
    assert secret(world, identity).expires == world.clock + 86400
    change(world, "secret-set", identity, "password=y")
    assert (secret(world, identity).revision, secret(world, identity).expires) == (2, 0.0)


def test_the_same_content_is_no_new_revision(world: World):
    identity = add(world, "password=x")
    change(world, "secret-set", identity, "password=x")
    assert secret(world, identity).revision == 1


def test_several_changes_of_a_hook_are_one_revision(world: World):
    identity = add(world, "password=x")
    run = world.run()
    for value in ("y", "z"):
        run.says("secret-set", identity, f"password={value}")
    run.commit()
    newest = world.store.get(SecretRevision, MODEL, f"{identity}/2")
    assert (secret(world, identity).revision, newest.content) == (2, {"password": "z"})


def test_a_label_belongs_to_one_secret_of_an_owner(world: World):
    add(world, "password=x", "--label", "mine")
    other = add(world, "password=x", "--label", "other")
    refused = 'secret with label "mine" already exists'
    assert world.run().refuses("secret-add", "password=x", "--label", "mine") == refused
    assert world.run().refuses("secret-set", other, "--label", "mine") == refused
    change(world, "secret-set", other, "--label", "other", "--description", "itself")


def test_without_its_newest_revision_the_one_before_is_read(world: World):
    identity = add(world, "password=first")
    change(world, "secret-set", identity, "password=second")
    change(world, "secret-remove", identity, "--revision", "2")
    assert world.run().says("secret-get", identity, "password", "--peek") == "first\n"


def test_a_tracked_revision_that_was_removed_is_not_found(world: World):
    identity = add(world, "password=first")
    change(world, "secret-get", identity)
    change(world, "secret-set", identity, "password=second")
    change(world, "secret-remove", identity, "--revision", "1")
    said = world.run().refuses("secret-get", identity)
    assert said == f'secret "{identity}" revision 1 not found'
    assert world.run().says("secret-get", identity, "password", "--refresh") == "second\n"


def test_without_any_revision_the_secret_is_gone(world: World):
    identity = add(world, "password=first")
    change(world, "secret-remove", identity, "--revision", "1")
    assert world.run().refuses("secret-get", identity) == f'secret "{identity}" not found'
