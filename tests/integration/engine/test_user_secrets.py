"""Secrets of users are added, changed, granted, shown and removed, by name and by id."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm
from tests.fakes.waiting import wait_until


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    shared("deploy", str(write_charm(charms)), "one")
    shared.wait_for_idle(count=1)
    shared("add-secret", "known", "key=value")
    return shared


def shown(engine: Engine, name: str, *words: str) -> dict[str, Any]:
    (secret,) = json.loads(engine("show-secret", name, "--format", "json", *words)).values()
    return secret


def test_content_comes_from_words_and_files(model: Engine, tmp_path: Path):
    (tmp_path / "key.pem").write_text("of a file\n")
    (tmp_path / "all.yaml").write_text(f"pem#file: {tmp_path}/key.pem\nencoded#base64: aGk=\n")
    uri = model("add-secret", "mixed", "--file", str(tmp_path / "all.yaml"), "user=me").strip()
    revealed = shown(model, uri, "--reveal")
    assert revealed["content"] == {"Data": {"encoded": "hi", "pem": "of a file\n", "user": "me"}}
    assert (revealed["owner"], revealed["name"]) == ("<model>", "mixed")
    assert uri.removeprefix("secret:") in model("secrets")
    model("remove-secret", uri)
    assert 'secret "mixed" not found' in model.fails("show-secret", "mixed")


def test_only_a_granted_application_reads_a_secret_and_is_told_of_its_change(model: Engine):
    uri = model("add-secret", "gift", "key=first").strip()
    ask = ("exec", "--unit", "one/0", "--", f"secret-get {uri}")
    assert "permission denied" in model.ask(*ask).out
    model("grant-secret", "gift", "one")
    assert "key: first" in model(*ask)
    assert shown(model, "gift")["access"][0]["target"] == "application-one"
    model("update-secret", "gift", "--auto-prune", "key=second")
    wait_until(lambda: "secret-changed" in " ".join(model.hooks("one/0")))
    assert "key: first" in model(*ask)
    assert "key: second" in model(*ask[:-1], f"secret-get {uri} --refresh")
    (left,) = shown(model, "gift", "--revisions")["revisions"]
    assert left["revision"] == 2
    model("revoke-secret", uri, "one")
    assert "permission denied" in model.ask(*ask).out


REFUSED: list[tuple[str, int, str]] = [
    ("add-secret", 2, "missing arguments"),
    ("add-secret lonely", 2, "missing secret value or filename"),
    ("add-secret known key=value", 1, 'secret with name "known" already exists'),
    ("add-secret bad K=value", 2, 'key "K" not valid'),
    ("add-secret bad key#base64=*", 2, 'invalid value of key "key": not base64'),
    ("add-secret bad key#file=/nowhere", 1, "/nowhere"),
    ("update-secret known", 2, "specify at least one"),
    ("update-secret nope key=value", 1, 'secret "nope" not found'),
    ("grant-secret known nope", 1, 'application "nope" not found'),
    ("revoke-secret nope one", 1, 'secret "nope" not found'),
    ("remove-secret known --revision 7", 1, 'secret "known" revision 7 not found'),
    ("show-secret known --revisions --reveal", 2, "not both"),
]


@pytest.mark.parametrize("command, code, said", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_is_refused(model: Engine, command: str, code: int, said: str):
    assert said in model.fails(*command.split(), code=code)


def test_an_option_of_type_secret_leads_a_charm_to_it(shared: Engine, charms: Path):
    files = {"config.yaml": "options: {login: {type: secret, description: who we are}}\n"}
    shared("deploy", str(write_charm(charms, name="asking", files=files)), "asking")
    shared("wait-idle", "asking")
    assert 'option "login" expected secret' in shared.fails("config", "asking", "login=me")
    uri = shared("add-secret", "login-of-asking", "user=me").strip()
    shared("grant-secret", "login-of-asking", "asking")
    shared("config", "asking", f"login={uri}")
    shared("wait-idle", "asking")
    reader = "exec", "--unit", "asking/0", "--"
    assert shared(*reader, "config-get login").strip() == uri
    assert shared(*reader, 'secret-get "$(config-get login)"').strip() == "user: me"
    shared("update-secret", "login-of-asking", "user=you")
    shared("wait-idle", "asking")
    assert "secret-changed" in shared.hooks("asking/0")
    settings = json.loads(shared("config", "asking", "--format", "json"))["settings"]
    assert (settings["login"]["type"], settings["login"]["value"]) == ("secret", uri)
