"""Secrets: who reads which revision under which label, who is told what, and when."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from kafkastack.hooktools import secret_rules
from kafkastack.hooktools.secret_rules import after_secret_hook, due_hooks, next_due
from kafkastack.model.records import (
    Hook,
    Relation,
    Secret,
    SecretConsumer,
    SecretGrant,
    SecretRevision,
)
from tests.fakes.world import DB, MODEL, SERVER, World

FIRST, SECOND = {"password": "first-secret"}, {"password": "second-secret"}


def add(world: World, *words: str, unit: str = "app/0") -> str:
    run = world.run(unit)
    identity = run.says("secret-add", *words, "password=first-secret").strip()
    run.commit()
    return identity.removeprefix("secret:")


def update(world: World, identity: str, password: str = "second-secret") -> None:
    run = world.run()
    run.says("secret-set", identity, f"password={password}")
    run.commit()


def read(world: World, unit: str, *words: str) -> dict[str, str]:
    run = world.run(unit)
    content = json.loads(run.says("secret-get", "--format=json", *words))
    run.commit()
    return content


def grant(world: World, identity: str, *words: str) -> None:
    run = world.run()
    run.says("secret-grant", "--relation", "1", *words, identity)
    run.commit()


def hooks(world: World, unit: str) -> list[tuple[str, int]]:
    due = due_hooks(world.store, MODEL, unit, world.clock)
    return [(hook.kind, hook.version) for hook in due]


def tell(world: World, unit: str) -> Hook:
    """Run the unit's next secret hook to its good end."""
    hook = next(due_hooks(world.store, MODEL, unit, world.clock))
    with world.store.transaction() as tx:
        after_secret_hook(tx, MODEL, unit, hook, world.clock)
    return hook


def test_an_id_looks_like_juju_s(world: World):
    assert len(add(world)) == 20


@pytest.mark.parametrize("form", ["{}", "secret:{}", "secret://some-model/{}"])
def test_every_form_of_an_id_is_understood(world: World, form: str):
    assert read(world, "app/0", form.format(add(world))) == FIRST


def test_the_files_of_ops_are_read_while_the_call_lasts(world: World):
    world.files["/work/here/password"] = b"from a file\n"
    run = world.run()
    run.call("secret-add", "--owner", "unit", "password#file=password", cwd="/work/here")
    world.files.clear()
    run.commit()
    (revision,) = world.store.all(SecretRevision, MODEL)
    assert revision.content == {"password": "from a file\n"}


class TestReaders:
    def test_a_stranger_is_refused(self, world: World):
        identity = add(world)
        assert world.run("server/0").refuses("secret-get", identity) == "permission denied"

    def test_a_grant_opens_it_to_the_other_side(self, world: World):
        identity = add(world)
        grant(world, identity)
        assert read(world, "server/0", identity) == FIRST

    def test_a_grant_to_another_unit_opens_it_to_that_one_only(self, world: World):
        identity = add(world)
        grant(world, identity, "--unit", "server/7")
        assert world.run("server/0").refuses("secret-get", identity) == "permission denied"

    @pytest.mark.parametrize("words", ["", "--relation 1", "--app server", "--relation db:1"])
    def test_a_revoked_grant_closes_it(self, world: World, words: str):
        identity = add(world)
        grant(world, identity)
        run = world.run()
        run.says("secret-revoke", *words.split(), identity)
        run.commit()
        assert world.run("server/0").refuses("secret-get", identity) == "permission denied"

    def test_a_relation_that_ends_closes_it(self, world: World):
        identity = add(world)
        grant(world, identity)
        with world.store.transaction() as tx:
            tx.delete(MODEL, Relation(1, (SERVER, DB)))
        assert world.run("server/0").refuses("secret-get", identity) == "permission denied"

    def test_units_of_the_owner_read_it(self, world: World):
        assert read(world, "app/1", add(world)) == FIRST

    def test_a_unit_s_own_secret_is_not_its_peers_(self, world: World):
        identity = add(world, "--owner", "unit")
        assert world.run("app/1").refuses("secret-get", identity) == "permission denied"

    def test_only_the_owner_changes_it(self, world: World):
        identity = add(world)
        for unit in ("app/1", "server/0"):
            for words in (["secret-set", identity, "pass=x"], ["secret-remove", identity]):
                assert world.run(unit).refuses(*words) == "permission denied"
            assert "not found" in world.run(unit).refuses("secret-info-get", identity)


class TestRevisions:
    @pytest.mark.parametrize("unit", ["app/0", "app/1", "server/0"])
    def test_the_revision_first_read_is_read_until_refreshed(self, world: World, unit: str):
        identity = add(world)
        grant(world, identity)
        read(world, unit, identity)
        update(world, identity)
        assert read(world, unit, identity) == FIRST
        assert read(world, unit, identity, "--peek") == SECOND
        assert read(world, unit, identity) == FIRST
        assert read(world, unit, identity, "--refresh") == SECOND
        assert read(world, unit, identity) == SECOND

    def test_a_hook_that_fails_tracks_nothing(self, world: World):
        identity = add(world)
        world.run("app/1").says("secret-get", identity)
        update(world, identity)
        assert read(world, "app/1", identity) == SECOND

    def test_an_owner_peeks_at_what_it_has_just_set(self, world: World):
        identity = add(world)
        run = world.run()
        run.says("secret-set", identity, "password=second-secret")
        assert json.loads(run.says("secret-get", "--format=json", "--peek", identity)) == SECOND

    def test_several_sets_of_one_hook_are_one_revision(self, world: World):
        identity = add(world)
        run = world.run()
        for value in ("one", "two", "three"):
            run.says("secret-set", identity, f"password={value}")
        run.commit()
        assert world.store.get(Secret, MODEL, identity).revision == 2

    def test_the_same_content_is_no_new_revision(self, world: World):
        identity = add(world)
        update(world, identity, "first-secret")
        assert world.store.get(Secret, MODEL, identity).revision == 1

    def test_metadata_alone_is_no_new_revision(self, world: World):
        identity = add(world)
        run = world.run()
        run.says("secret-set", identity, "--description", "words", "--rotate", "daily")
        run.commit()
        secret = world.store.get(Secret, MODEL, identity)
        assert (secret.revision, secret.description, secret.rotate) == (1, "words", "daily")

    def test_a_revision_is_removed_by_number(self, world: World):
        identity = add(world)
        update(world, identity)
        run = world.run()
        run.says("secret-remove", identity, "--revision", "1")
        run.commit()
        (left,) = world.store.all(SecretRevision, MODEL)
        assert left.revision == 2

    def test_a_revision_that_goes_while_a_hook_reads_it_does_not_lock_the_reader_out(
        self, world: World
    ):
        """It is tracked when the hook has ended: until then it looked like one nobody reads."""
        identity = add(world)
        grant(world, identity)
        reader = world.run("server/0")
        reader.says("secret-get", identity, "--refresh")
        update(world, identity)
        owner = world.run()
        owner.says("secret-remove", identity, "--revision", "1")
        owner.commit()
        reader.commit()
        assert hooks(world, "server/0") == [("secret-changed", 2)]
        assert read(world, "server/0", identity) == SECOND

    def test_a_removed_secret_is_not_found_and_leaves_nothing(self, world: World):
        identity = add(world)
        grant(world, identity)
        read(world, "server/0", identity, "--label", "theirs")
        run = world.run()
        run.says("secret-remove", identity)
        run.commit()
        assert f'secret "{identity}" not found' in world.run().refuses("secret-get", identity)
        assert "not found" in world.run("server/0").refuses("secret-get", "--label", "theirs")
        assert not world.store.all(SecretConsumer, MODEL)


class TestLabels:
    def test_an_owner_finds_its_secret_by_label(self, world: World):
        add(world, "--label", "mine")
        assert read(world, "app/0", "--label", "mine") == FIRST
        assert read(world, "app/1", "--label", "mine") == FIRST

    def test_a_label_is_seen_in_the_hook_that_gives_it(self, world: World):
        run = world.run()
        run.says("secret-add", "--label", "mine", "password=first-secret")
        assert json.loads(run.says("secret-get", "--label", "mine", "--format=json")) == FIRST

    def test_a_reader_gives_a_label_of_its_own(self, world: World):
        identity = add(world, "--label", "mine")
        grant(world, identity)
        read(world, "server/0", identity, "--label", "theirs")
        assert read(world, "server/0", "--label", "theirs") == FIRST
        assert "not found" in world.run("server/0").refuses("secret-get", "--label", "mine")

    def test_an_owner_renames_it_by_reading_it_with_a_label(self, world: World):
        identity = add(world, "--label", "mine")
        read(world, "app/0", identity, "--label", "renamed")
        assert world.store.get(Secret, MODEL, identity).label == "renamed"

    def test_two_secrets_of_an_owner_do_not_share_a_label(self, world: World):
        add(world, "--label", "mine")
        said = world.run().refuses("secret-add", "--label", "mine", "password=x")
        assert said == 'secret with label "mine" already exists'

    def test_a_label_given_by_reading_belongs_to_one_secret_too(self, world: World):
        add(world, "--label", "mine")
        other = add(world, "--label", "other")
        said = world.run().refuses("secret-get", other, "--label", "mine")
        assert said == 'secret with label "mine" already exists'
        assert world.store.get(Secret, MODEL, other).label == "other"


class TestInfo:
    def info(self, world: World, *words: str) -> dict[str, object]:
        (found,) = json.loads(
            world.run().says("secret-info-get", "--format=json", *words)
        ).values()
        return found

    def test_it_is_found_by_id_and_by_label(self, world: World):
        identity = add(world, "--label", "mine", "--description", "words")
        for words in ([identity], ["--label", "mine"]):
            assert self.info(world, *words) == {
                "revision": 1,
                "label": "mine",
                "owner": "application",
                "rotation": "never",
                "description": "words",
            }

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("2027-08-24T11:59:16.366534", "2027-08-24T11:59:16Z"),
            ("2027-08-24T11:59:16Z", "2027-08-24T11:59:16Z"),
            ("2027-08-24T13:59:16+02:00", "2027-08-24T11:59:16Z"),
            ("2027-08-24", "2027-08-24T00:00:00Z"),
            ("24h", "2001-09-10T01:46:40Z"),
            ("90m", "2001-09-09T03:16:40Z"),
            ("1h30m", "2001-09-09T03:16:40Z"),
        ],
    )
    def test_an_expiry_is_rfc_3339_with_a_zone(self, world: World, given: str, shown: str):
        identity = add(world, "--expire", given)
        info = self.info(world, identity)
        assert info["expiry"] == shown
        assert datetime.strptime(shown, "%Y-%m-%dT%H:%M:%S%z").tzinfo == UTC

    def test_a_rotation_is_due_after_its_time(self, world: World):
        info = self.info(world, add(world, "--rotate", "daily"))
        assert (info["rotation"], info["rotates"]) == ("daily", "2001-09-10T01:46:40Z")


class TestOneHook:
    """What a hook changes of one secret is one change, made when it succeeds."""

    TIME = ("--expire", "2027-01-01")
    ALL = (*TIME, "--label", "mine", "--description", "words", "--rotate", "daily")

    def test_content_keeps_what_was_said_before(self, world: World):
        identity = add(world)
        run = world.run()
        for flag, word in zip(self.ALL[::2], self.ALL[1::2], strict=True):
            run.says("secret-set", identity, flag, word)
        run.says("secret-set", identity, "password=second-secret")
        run.commit()
        self.is_all(world, identity, 2)

    def test_what_is_said_later_keeps_the_content(self, world: World):
        identity = add(world)
        run = world.run()
        run.says("secret-set", identity, "password=second-secret")
        for flag, word in zip(self.ALL[::2], self.ALL[1::2], strict=True):
            run.says("secret-set", identity, flag, word)
        run.commit()
        self.is_all(world, identity, 2)

    def test_content_keeps_what_secret_add_has_said(self, world: World):
        run = world.run()
        identity = run.says("secret-add", "password=first-secret", *self.ALL).strip()
        run.says("secret-set", identity, "password=second-secret")
        run.commit()
        self.is_all(world, identity.removeprefix("secret:"), 1)

    def is_all(self, world: World, identity: str, revision: int) -> None:
        secret = world.store.get(Secret, MODEL, identity)
        told = (secret.label, secret.description, secret.rotate, secret.revision)
        assert told == ("mine", "words", "daily", revision)
        assert secret.expires == datetime(2027, 1, 1, tzinfo=UTC).timestamp()
        assert secret.rotates == world.clock + 86400
        assert read(world, "app/0", identity, "--refresh") == SECOND

    def test_a_new_revision_of_a_later_hook_has_no_time_of_expiry(self, world: World):
        identity = add(world, *self.TIME)
        update(world, identity)
        assert world.store.get(Secret, MODEL, identity).expires == 0.0

    def test_the_content_said_last_is_the_one_new_revision(self, world: World):
        identity = add(world)
        run = world.run()
        for password in ("second-secret", "third-secret"):
            run.says("secret-set", identity, f"password={password}")
        run.commit()
        (first, second) = secret_rules.revisions(world.store, MODEL, identity)
        assert (first.content, second.revision) == (FIRST, 2)
        assert second.content == {"password": "third-secret"}

    def test_content_that_is_taken_back_is_no_new_revision(self, world: World):
        identity = add(world)
        run = world.run()
        run.says("secret-set", identity, "password=second-secret")
        assert "second" in run.says("secret-get", "--refresh", identity)
        run.says("secret-set", identity, "password=first-secret")
        assert "first" in run.says("secret-get", identity)
        run.commit()
        assert len(secret_rules.revisions(world.store, MODEL, identity)) == 1
        assert read(world, "app/0", identity) == FIRST

    @pytest.mark.parametrize("is_new", [True, False])
    @pytest.mark.parametrize(
        "words",
        [
            "set, remove --revision 1, remove",
            "remove, remove",
            "remove, set",
            "set, remove",
            "remove, grant -r 1",
            "grant -r 1, remove",
            "grant -r 1, remove --revision 1, remove --revision 1, remove",
            "set --label mine, remove, get, info-get",
        ],
    )
    def test_what_is_removed_is_gone_whatever_else_is_said(
        self, world: World, words: str, is_new: bool
    ):
        identity = "" if is_new else add(world)
        run = world.run()
        identity = identity or run.says("secret-add", "password=first-secret").strip()
        for line in words.split(", "):
            verb, *flags = line.split()
            content = ["password=second-secret"] if verb == "set" else []
            run.says(f"secret-{verb}", identity, *flags, *content)
        run.commit()
        for kind in (Secret, SecretRevision, SecretConsumer, SecretGrant):
            assert not world.store.all(kind, MODEL)
        assert "not found" in world.run().refuses("secret-get", identity)

    def test_an_old_revision_goes_when_the_hook_succeeds(self, world: World):
        identity = add(world)
        run = world.run()
        run.says("secret-set", identity, "password=second-secret")
        run.says("secret-remove", "--revision", "1", identity)
        run.commit()
        (left,) = secret_rules.revisions(world.store, MODEL, identity)
        assert (left.revision, left.content) == (2, SECOND)

    def test_a_label_is_free_for_the_secret_that_takes_a_removed_one_s_place(self, world: World):
        identity = add(world, "--label", "mine")
        run = world.run()
        run.says("secret-remove", identity)
        other = run.says("secret-add", "--label", "mine", "password=second-secret").strip()
        assert "second" in run.says("secret-get", "--label", "mine")
        run.commit()
        (secret,) = world.store.all(Secret, MODEL)
        assert f"secret:{secret.id}" == other

    def test_info_tells_a_revision_and_a_rotation_once_they_are_committed(self, world: World):
        run = world.run()
        identity = run.says("secret-add", "password=x", *self.ALL).strip()
        run.says("secret-set", identity, "password=y", "--label", "other")
        (info,) = json.loads(run.says("secret-info-get", "--format=json", identity)).values()
        assert info == {
            "revision": 1,
            "label": "other",
            "owner": "application",
            "rotation": "daily",
            "description": "words",
            "expiry": "2027-01-01T00:00:00Z",
        }
        run.commit()
        run = world.run()
        run.says("secret-set", identity, "password=z", "--rotate", "hourly")
        (info,) = json.loads(run.says("secret-info-get", "--format=json", identity)).values()
        assert (info["revision"], info["rotation"]) == (1, "hourly")
        assert info["rotates"] == "2001-09-10T01:46:40Z", "a day from then"

    def test_the_same_policy_again_does_not_put_its_time_off(self, world: World):
        identity = add(world, "--rotate", "daily")
        world.clock += 3600
        run = world.run()
        run.says("secret-set", identity, "--rotate", "daily")
        run.commit()
        assert next_due(world.store, MODEL, world.clock) == world.clock + 86400 - 3600

    def test_who_puts_an_expiry_off_when_told_of_it_is_told_again(self, world: World):
        identity = add(world, "--expire", "1h")
        world.clock += 3600
        (due,) = due_hooks(world.store, MODEL, "app/0", world.clock)
        run = world.run()
        run.says("secret-set", identity, "--expire", "1h")
        with world.store.transaction() as tx:
            run.context.flush(tx)
            after_secret_hook(tx, MODEL, "app/0", due, world.clock)
        assert hooks(world, "app/0") == []
        assert next_due(world.store, MODEL, world.clock) == world.clock + 3600
        world.clock += 3600
        assert hooks(world, "app/0") == [("secret-expired", 1)]


class TestHooks:
    def test_readers_are_told_of_a_new_revision_once(self, world: World):
        identity = add(world)
        grant(world, identity)
        read(world, "server/0", identity, "--label", "theirs")
        assert hooks(world, "server/0") == []
        update(world, identity)
        hook = tell(world, "server/0")
        assert (hook.kind, hook.secret, hook.secret_label) == (
            "secret-changed",
            identity,
            "theirs",
        )
        assert hooks(world, "server/0") == []
        update(world, identity, "third-secret")
        assert hooks(world, "server/0") == [("secret-changed", 3)]

    def test_who_never_read_it_is_not_told(self, world: World):
        identity = add(world)
        grant(world, identity)
        update(world, identity)
        assert hooks(world, "server/0") == hooks(world, "app/1") == []

    def test_an_owner_is_told_of_what_nobody_reads_any_more(self, world: World):
        identity = add(world)
        grant(world, identity)
        read(world, "server/0", identity)
        update(world, identity)
        assert hooks(world, "app/0") == []
        read(world, "server/0", identity, "--refresh")
        assert hooks(world, "app/0") == [("secret-remove", 1)]
        tell(world, "app/0")
        assert hooks(world, "app/0") == []

    def test_an_owner_is_not_told_of_its_own_change(self, world: World):
        identity = add(world)
        read(world, "app/0", identity)
        update(world, identity)
        assert hooks(world, "app/0") == []

    def test_rotation_comes_at_its_time_and_again(self, world: World):
        add(world, "--rotate", "hourly")
        assert next_due(world.store, MODEL, world.clock) == world.clock + 3600
        assert hooks(world, "app/0") == []
        world.clock += 3600
        assert hooks(world, "app/0") == [("secret-rotate", 0)]
        assert hooks(world, "app/1") == [], "an application's secret is its leader's"
        tell(world, "app/0")
        assert hooks(world, "app/0") == []
        world.clock += 3600
        assert hooks(world, "app/0") == [("secret-rotate", 0)]

    def test_expiry_comes_before_rotation_and_once(self, world: World):
        add(world, "--expire", "1h", "--rotate", "hourly")
        world.clock += 3600
        assert hooks(world, "app/0") == [("secret-expired", 1), ("secret-rotate", 0)]
        tell(world, "app/0")
        assert hooks(world, "app/0") == [("secret-rotate", 0)]

    def test_a_unit_s_secret_is_its_own_matter(self, world: World):
        add(world, "--owner", "unit", "--rotate", "hourly", unit="app/1")
        world.clock += 3600
        assert hooks(world, "app/1") == [("secret-rotate", 0)]
        assert hooks(world, "app/0") == []

    def test_a_hook_that_failed_is_due_again(self, world: World):
        add(world, "--rotate", "hourly")
        world.clock += 3600
        assert hooks(world, "app/0") == hooks(world, "app/0") == [("secret-rotate", 0)]

    def test_a_clock_that_jumps_far_ahead_makes_one_rotation(self, world: World):
        add(world, "--rotate", "hourly")
        world.clock += 1000 * 86400
        tell(world, "app/0")
        assert hooks(world, "app/0") == []

    def test_a_clock_that_jumps_back_does_not_put_off_a_rotation_beyond_its_policy(
        self, world: World
    ):
        identity = add(world, "--rotate", "hourly")
        world.clock -= 365 * 86400
        assert hooks(world, "app/0") == []
        assert next_due(world.store, MODEL, world.clock) > world.clock
        secret = world.store.get(Secret, MODEL, identity)
        world.put(replace(secret, rotates=world.clock))
        assert hooks(world, "app/0") == [("secret-rotate", 0)]


class TestScrubbing:
    def test_no_secret_of_the_model_reaches_the_log(self, world: World):
        add(world)
        run = world.run("server/0")
        run.says("juju-log", "--", "I know first-secret!")
        run.says("juju-log", "--log-level", "ERROR", "--", "first-secret is wrong")
        lines = [line.message for line in world.journal.read_log(MODEL)]
        assert lines == ["I know ********!", "******** is wrong"]
        assert run.context.errors == "******** is wrong\n"

    def test_a_secret_made_in_this_very_hook_is_scrubbed(self, world: World):
        run = world.run()
        run.says("secret-add", "password=brand-new-secret")
        run.says("juju-log", "brand-new-secret")
        assert world.journal.read_log(MODEL)[0].message == "********"

    def test_an_old_revision_is_scrubbed_too(self, world: World):
        identity = add(world)
        update(world, identity)
        assert world.run().context.scrub("first-secret second-secret") == "******** ********"

    def test_each_line_of_a_key_file_is_scrubbed(self, world: World):
        world.files["/key"] = b"-----BEGIN\nabcdefghijklm\nnopqrstuvwxyz\n-----END"
        run = world.run()
        run.says("secret-add", "key#file=/key")
        run.commit()
        assert world.run().context.scrub("line: nopqrstuvwxyz") == "line: ********"

    def test_words_that_occur_by_themselves_stay(self, world: World):
        run = world.run()
        run.says("secret-add", "tls=enabled", "username=admin")
        assert run.context.scrub("admin has enabled it") == "admin has enabled it"

    def test_records_of_calls_hold_no_values(self, world: World):
        run = world.run()
        run.says("secret-add", "--label", "mine", "password=s3cr3t-value")
        run.says("relation-set", "-r", "1", "password=s3cr3t-value")
        run.says("juju-log", "--", "s3cr3t-value")
        run.says("status-set", "active", "s3cr3t-value")
        run.says("state-set", "--file", "-", stdin=b"{a: s3cr3t-value}")
        assert "s3cr3t-value" not in json.dumps([*run.context.calls])
