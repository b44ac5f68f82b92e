"""Applications of two models are integrated by an offer, in the order of hooks within one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until

# What each side tells the other, and notes of what it is told.
BODY = """\
case "$JUJU_DISPATCH_PATH" in
*-relation-joined)
  relation-set "said=$JUJU_UNIT_NAME"
  if [ "$(is-leader)" = True ]; then relation-set --app "app=$JUJU_UNIT_NAME"; fi ;;
*-relation-changed)
  echo "  $(relation-get said "$JUJU_REMOTE_UNIT" || true) of $JUJU_REMOTE_APP" >> "$HOME/hooks" ;;
*-relation-departed)
  echo "  departing ${JUJU_DEPARTING_UNIT}" >> "$HOME/hooks" ;;
esac
"""


@pytest.fixture
def models(own: Engine, charms: Path) -> Engine:
    """A model "there" that offers `server` of "far", and "m" with two units of "near"."""
    charm = str(write_charm(charms, BODY))
    own("add-model", "there")
    own("deploy", charm, "far")
    own("offer", "far:server")
    own("switch", "m")
    own("deploy", charm, "near", "-n", "2")
    own.wait_for_idle(count=2)
    return own


def hooks(engine: Engine, unit: str, model: str) -> list[str]:
    told = engine("exec", "-m", model, "--unit", unit, "--", "cat $HOME/hooks")
    return [line.rstrip() for line in told.splitlines() if line]


def relations(engine: Engine, unit: str, model: str = "m") -> list[dict[str, Any]]:
    told = json.loads(engine("show-unit", "-m", model, unit, "--format", "json"))[unit]
    return [one for one in told["relation-info"] if one["endpoint"] != "peer"]


def members(engine: Engine) -> list[str]:
    units = relations(engine, "far/0", "there")[0]["related-units"]
    return [name[-2:] for name, unit in units.items() if unit["in-scope"]]


def wait_for(condition: Callable[[], bool]) -> None:
    wait_until(condition, 30, "what is asked for")


def join(engine: Engine) -> None:
    engine("integrate", "near:client", "admin/there.far")
    engine("wait-idle")
    engine("wait-idle", "-m", "there")


def test_each_side_sees_the_others_units_and_data(models: Engine):
    join(models)
    [near] = relations(models, "near/0")
    assert near["cross-model"] is True and near["related-endpoint"] == "server"
    assert near["related-units"]["far/0"]["data"]["said"] == "far/0"
    assert near["application-data"] == {"app": "far/0"}
    [far] = relations(models, "far/0", "there")
    stranger = next(iter(far["related-units"])).partition("/")[0]
    assert stranger.startswith("remote-") and len(stranger) == len("remote-") + 32
    assert sorted(far["related-units"]) == [f"{stranger}/0", f"{stranger}/1"]
    assert far["related-units"][f"{stranger}/1"]["data"]["said"] == "near/1"
    told = hooks(models, "near/0", "m")
    assert [line for line in told if "client-relation" in line][:3] == [
        "hooks/client-relation-created",
        "hooks/client-relation-joined far/0",
        "hooks/client-relation-changed far/0",
    ]
    assert "  far/0 of far" in told


def test_both_models_tell_of_it(models: Engine):
    join(models)
    here, there = models.status(), models.status("-m", "there")
    assert here["application-endpoints"]["far"] | {"application-status": {}} == {
        "url": "admin/there.far",
        "endpoints": {"server": {"interface": "thing", "role": "provider"}},
        "relations": {"server": ["near"]},
        "application-status": {},
    }
    assert there["offers"]["far"]["total-connected-count"] == 1
    assert there["offers"]["far"]["active-connected-count"] == 1
    assert "far   unknown  local  admin/there.far" in models("status")
    assert models("offers", "-m", "there").splitlines()[1].split()[:4] == [
        "far",
        "admin",
        "1",
        "joined",
    ]
    assert models("find-offers").splitlines()[1].split() == [
        "en",
        "admin/there.far",
        "admin",
        "thing:server",
    ]
    assert json.loads(models("show-offer", "there.far", "--format", "json")) == {
        "en:admin/there.far": {
            "description": "A charm of a test.",
            "access": "admin",
            "endpoints": {"server": {"interface": "thing", "role": "provider"}},
            "users": {"admin": {"display-name": "admin", "access": "admin"}},
        }
    }


def test_the_end_of_a_relation_is_told_on_both_sides(models: Engine):
    join(models)
    models("remove-relation", "near", "far")
    wait_for(lambda: not relations(models, "near/0") and not relations(models, "far/0", "there"))
    assert hooks(models, "near/0", "m")[-3:] == [
        "hooks/client-relation-departed far/0",
        "  departing far/0",
        "hooks/client-relation-broken",
    ]
    told = [line for line in hooks(models, "far/0", "there") if "depart" in line]
    assert len(told) == 4
    join(models)
    assert relations(models, "near/0")[0]["related-units"]


def test_a_unit_that_leaves_is_departed_on_the_other_side(models: Engine):
    join(models)
    models("remove-unit", "near/1", "--no-prompt")
    wait_for(lambda: members(models) == ["/0"])
    models("wait-idle", "-m", "there")
    assert [line[-2:] for line in hooks(models, "far/0", "there") if "departing" in line] == ["/1"]


def test_a_relation_is_suspended_by_who_offers_and_goes_on(models: Engine):
    join(models)
    models("suspend-relation", "-m", "there", "1", "--message", "not paid")
    models("wait-idle")
    assert hooks(models, "near/0", "m")[-1] == "hooks/client-relation-broken"
    assert "suspended - not paid" in models("status", "--relations")
    models("resume-relation", "-m", "there", "1")
    wait_for(lambda: hooks(models, "near/0", "m")[-2] == "hooks/client-relation-changed far/0")
    assert "not associated with an offer" in models.fails("suspend-relation", "1")


def test_what_others_use_is_not_removed_but_by_force(models: Engine):
    join(models)
    for words, said in (
        (("remove-offer", "there.far"), "offer has 1 relation"),
        (("remove-application", "-m", "there", "far", "--no-prompt"), "used by 1 consumer"),
        (("destroy-model", "there", "--no-prompt"), "other models use its offers: far"),
    ):
        assert said in models.fails(*words)
    models("destroy-model", "there", "--no-prompt", "--force")
    wait_for(lambda: not relations(models, "near/0"))
    saas = models.status()["application-endpoints"]["far"]
    assert saas["application-status"]["current"] == "terminated"
    models("remove-saas", "far")
    wait_for(lambda: "application-endpoints" not in models.status())


def test_an_offer_may_be_removed_with_its_relations(models: Engine):
    join(models)
    models("remove-offer", "there.far", "--force", "-y")
    wait_for(lambda: not relations(models, "near/0"))
    assert "offers" not in models.status("-m", "there")


def test_a_model_that_uses_others_is_destroyed(models: Engine):
    join(models)
    models("destroy-model", "m", "--no-prompt")
    wait_for(lambda: not relations(models, "far/0", "there"))
    assert models.status("-m", "there")["offers"]["far"]["total-connected-count"] == 0


def test_a_secret_is_read_over_the_border_and_its_news_are_told(models: Engine):
    join(models)
    owner = "exec", "-m", "there", "--unit", "far/0", "--"
    made = models(*owner, "secret-add --label word word=one").strip()
    models(*owner, f"secret-grant {made} --relation 1")
    models(*owner, f"relation-set -r 1 --app secret={made}")
    wait_for(lambda: relations(models, "near/0")[0]["application-data"].get("secret") == made)
    reader = "exec", "--unit", "near/0", "--"
    assert models(*reader, f"secret-get {made}").strip() == "word: one"
    assert json.loads(models("secrets", "--format", "json")) == {}
    models(*owner, f"secret-set {made} word=two")
    wait_for(lambda: "hooks/secret-changed" in hooks(models, "near/0", "m"))
    assert models(*reader, f"secret-get {made}").strip() == "word: one"
    assert models(*reader, f"secret-get {made} --refresh").strip() == "word: two"
    wait_for(lambda: "hooks/secret-remove" in hooks(models, "far/0", "there"))
    models("remove-relation", "near", "far")
    wait_for(lambda: not relations(models, "near/0"))
    answer = models.ask(*reader, f"secret-get {made}")
    assert "not found" in answer.out


def test_wrong_words_are_refused(models: Engine):
    for words, said in (
        (("offer", "near"), "endpoints must conform to format"),
        (("offer", "near:nothing"), 'has no "nothing" relation'),
        (("offer", "near:peer"), 'has no "peer" relation'),
        (("consume", "there.nothing"), 'application offer "admin/there.nothing" not found'),
        (("consume", "gone.far"), 'application offer "admin/gone.far" not found'),
        (("consume", "other:admin/there.far"), "is of another controller"),
        (("consume", "there"), 'application offer URL "there" not valid'),
        (("consume", "there.far", "near"), '"near" already exists'),
        (("remove-saas", "nothing"), 'saas application "nothing" not found'),
        (("find-offers", "--interface", "nothing"), "no matching application offers found"),
        (("show-offer", "there.nothing"), "not found"),
        (("resume-relation", "77"), 'relation "77" not found'),
    ):
        answer = models.ask(*words)
        assert answer.code in (1, 2) and said in answer.err, (words, answer)
