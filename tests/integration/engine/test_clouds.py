"""Clouds and credentials are records of the client and of controllers, typed as in Juju."""

import json
import stat
from pathlib import Path

import jubilant
import pytest

from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm

CLOUDS = """
clouds:
  garage:
    type: maas
    auth-types: [oauth1]
    endpoint: http://garage/MAAS
  sky:
    type: openstack
    endpoint: https://sky:5000/v3
    regions: {dev1: {}, dev2: {endpoint: "https://dev2"}}
    config: {test-mode: true}
  odd: {type: cheese}
"""
CREDENTIALS = """
credentials:
  sky:
    one: {auth-type: userpass, username: u, password: very-secret, tenant-name: t}
    two: {auth-type: userpass, username: v, password: also-secret, tenant-name: t}
  garage:
    key: {auth-type: password}
"""


@pytest.fixture(scope="module")
def files(shared: Engine) -> tuple[str, str]:
    paths = shared.root / "clouds.yaml", shared.root / "credentials.yaml"
    for path, text in zip(paths, (CLOUDS, CREDENTIALS), strict=True):
        path.write_text(text)
    return str(paths[0]), str(paths[1])


@pytest.fixture
def sky(shared: Engine, files: tuple[str, str]) -> Engine:
    """The engine with cloud sky and its credentials, whatever the tests before have left."""
    for name in ("clouds.json", "credentials.json"):
        (shared.root / "data/kafkastack" / name).unlink(missing_ok=True)
        (shared.controller_folder() / name).unlink(missing_ok=True)
    shared("add-cloud", "sky", "--client", "--file", files[0])
    shared("add-credential", "sky", "--client", "--file", files[1])
    return shared


def test_what_is_there_is_listed_for_the_controller_and_the_client(sky: Engine):
    controller, client = sky("clouds").split("\n\n")
    assert controller.splitlines()[0] == "Clouds available on the controller:"
    assert controller.splitlines()[2].split() == ["local", "1", "localhost", "local"]
    assert client.splitlines()[0] == "Clouds available on the client:"
    rows = {line.split()[0]: line.split()[1:6] for line in client.splitlines()[2:]}
    assert rows["sky"] == ["2", "dev1", "openstack", "2", "local"]
    assert rows["local"] == ["1", "localhost", "local", "0", "built-in"]
    assert set(json.loads(sky("list-clouds", "--client", "--format", "json"))) >= {"local", "sky"}


def test_a_cloud_without_credentials_is_listed_by_all(sky: Engine, files: tuple[str, str]):
    answer = sky.ask("add-cloud", "garage", files[0])
    assert 'Cloud "garage" successfully added to your local client.' in answer.err
    answer = sky.ask("clouds", "--client")
    assert "garage" not in answer.out
    assert "There are more clouds, use --all to see them." in answer.err
    assert "garage" in sky("clouds", "--client", "--all")


def test_a_cloud_is_shown(sky: Engine):
    title, *shown = sky("show-cloud", "sky").splitlines()
    assert title == 'Client cloud "sky":'
    assert {"name: sky", "defined: local", "type: openstack", "credential-count: 2"} <= set(shown)
    assert "test-mode" not in "".join(shown)
    assert "test-mode: true" in sky("show-cloud", "sky", "--include-config", "--client")
    assert 'Cloud "local" from controller "en":' in sky("show-cloud", "local")


def test_regions_and_the_default_one(sky: Engine):
    assert sky("regions", "sky") == "Client Cloud Regions\ndev1\ndev2\n"
    assert sky("default-region", "sky").endswith('"sky" is not set on this client.\n')
    sky("default-region", "sky", "dev2")
    assert sky("default-region", "sky") == (
        'Default region for cloud "sky" is "dev2" on this client.\n'
    )
    assert json.loads(sky("clouds", "--format", "json"))["sky"]["default-region"] == "dev2"
    sky("set-default-region", "sky", "--reset")
    assert "is not set" in sky("default-region", "sky")


def test_secrets_are_hidden_unless_asked_for(sky: Engine):
    for words in (("show-credential", "sky", "one"), ("credentials", "--format", "json")):
        assert "very-secret" not in sky(*words)
        assert "very-secret" in sky(*words, "--show-secrets")
    assert sky("credentials") == "Client Credentials:\nCloud  Credentials\nsky    one, two\n"
    for name in ("clouds.json", "credentials.json"):
        assert stat.S_IMODE((sky.root / "data/kafkastack" / name).stat().st_mode) == 0o600


def test_a_credential_is_the_default_updated_and_removed(sky: Engine, files: tuple[str, str]):
    sky("default-credential", "sky", "two")
    assert "sky    two*, one" in sky("credentials")
    Path(files[1]).write_text(CREDENTIALS.replace("also-secret", "new-secret"))
    answer = sky.ask("update-credential", "sky", "two", "--client", "-f", files[1])
    assert answer.err.startswith("Local client was updated successfully")
    shown = json.loads(sky("show-credential", "sky", "two", "--show-secrets", "--format", "json"))
    content = shown["client-credentials"]["sky"]["two"]["content"]
    assert content["password"] == "new-secret"
    Path(files[1]).write_text(CREDENTIALS)
    sky("remove-credential", "sky", "two", "--client")
    assert 'Default credential for cloud "sky" is not set' in sky("default-credential", "sky")
    assert "sky    one" in sky("credentials")


def test_jubilant_s_words_are_understood(sky: Engine, files: tuple[str, str]):
    juju: jubilant.Juju = sky.juju()
    juju.add_cloud("garage", Path(files[0]).read_text() and files[0], client=True, controller="en")
    juju.update_cloud("garage", files[0], client=True, controller="en")
    juju.add_credential("sky", files[1], controller="en", region="dev1")
    assert "garage" in sky("clouds", "--controller", "en", "--all")
    assert set(json.loads(sky("credentials", "--format", "json"))) == {
        "client-credentials",
        "controller-credentials",
    }


def test_a_model_has_the_credential_it_was_given(sky: Engine, files: tuple[str, str]):
    Path(files[1]).write_text("credentials: {local: {mine: {auth-type: empty}}}")
    sky("add-credential", "local", "-f", files[1])
    Path(files[1]).write_text(CREDENTIALS)
    sky("add-model", "--no-switch", "credited", "local/localhost", "--credential", "mine")
    shown = json.loads(sky("show-model", "credited", "--format", "json"))["credited"]
    assert shown["credential"]["name"] == "mine"
    sky("set-credential", "-m", "credited", "local", "mine")
    assert "nothing" in sky.fails("set-credential", "-m", "credited", "local", "nothing")
    assert "nothing" in sky.fails("add-model", "x", "--credential", "nothing")
    sky("destroy-model", "credited", "--no-prompt")


def test_a_trusted_charm_gets_the_credential_of_its_model(
    sky: Engine, files: tuple[str, str], charms: Path
):
    Path(files[1]).write_text("credentials: {local: {mine: {auth-type: empty, note: a b}}}")
    sky("add-credential", "local", "-f", files[1])
    Path(files[1]).write_text(CREDENTIALS)
    sky("deploy", str(write_charm(charms, "status-set active")), "app", "--trust")
    sky.wait_for_idle(count=1, workload="active")
    ask = ("exec", "--unit", "app/0", "--", "credential-get --format=json")
    assert json.loads(sky(*ask))["credential"] == {"auth-type": "empty", "attrs": {}}
    sky("set-credential", "local", "mine")
    sky("remove-credential", "local", "mine", "--client")  # the controller has its own by now
    told = {"auth-type": "empty", "attrs": {"note": "a b"}}
    assert json.loads(sky(*ask))["credential"] == told
    sky("trust", "app", "--remove", "--scope=cluster")
    assert "permission denied" in sky("exec", "--unit", "app/0", "--", "credential-get 2>&1; true")


def test_a_controller_is_made_on_a_cloud_that_stands_for_ours(bare: Engine):
    path = bare.root / "clouds.yaml"
    path.write_text("clouds: {mine: {type: local}, garage: {type: maas}}")
    bare("add-cloud", "mine", str(path))
    bare("add-cloud", "garage", str(path))
    answer = bare.ask("bootstrap", "mine/localhost", "en")
    assert 'Creating controller "en" on local/localhost' in answer.err, answer
    assert 'type "maas"' in bare.fails("bootstrap", "garage")
    assert "invalid region" in bare.fails("bootstrap", "local/moon", "x")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("show-cloud nothing", 1, "cloud nothing not found"),
        ("regions nothing", 1, "cloud nothing not found"),
        ("add-cloud nothing {clouds}", 1, 'cloud "nothing" not found in file'),
        ("add-cloud odd {clouds}", 2, 'cloud type "cheese" not supported'),
        ("add-cloud local {clouds}", 1, '"local" is the name of a built-in cloud'),
        ("add-cloud sky {clouds}", 1, '"sky" already exists on this client'),
        ("add-cloud garage", 2, "this asks for a definition of the cloud"),
        ("add-cloud sky /nothing", 1, "/nothing: No such file"),
        ("add-cloud sky {clouds} -c nothing", 1, "controller nothing not found"),
        ("add-cloud sky {clouds} --force --credential nothing", 1, '"nothing" for cloud "sky"'),
        ("update-cloud garage -f {clouds}", 1, 'No personal cloud called "garage" exists'),
        ("remove-cloud garage", 1, 'No personal cloud called "garage" exists'),
        ("default-region sky moon", 1, 'invalid region "moon" for cloud "sky"'),
        ("default-region sky dev1 --reset", 2, "cannot set and reset"),
        ("add-credential sky -f {credentials}", 1, 'credential "one" for cloud "sky" already'),
        ("add-credential sky", 2, "this asks for the credential"),
        ("add-credential nothing -f {credentials}", 1, "cloud nothing not found"),
        ("add-credential local -f {credentials}", 1, 'no credentials for cloud "local" in file'),
        ("update-credential sky three -f {credentials}", 1, 'local credential "three" for cloud'),
        ("update-credential sky -f {credentials} --region moon", 1, '"moon" for cloud "sky" not'),
        ("remove-credential sky three", 1, 'local credential "three" for cloud "sky" not found'),
        ("show-credential sky three", 1, 'local credential "three" for cloud "sky" not found'),
        ("show-credential sky", 2, "both cloud and credential name are needed"),
        ("default-credential sky three", 1, 'local credential "three" for cloud "sky" not found'),
        ("add-model x moon", 1, '"moon" is neither a cloud supported by this controller'),
    ],
)
def test_a_mistake_is_told(sky: Engine, files: tuple[str, str], words: str, code: int, said: str):
    line = words.format(clouds=files[0], credentials=files[1])
    assert said in sky.fails(*line.split(), code=code)


def test_a_credential_of_another_kind_is_refused(sky: Engine, files: tuple[str, str]):
    sky("add-cloud", "garage", files[0])
    said = sky.fails("add-credential", "garage", "-f", files[1], code=2)
    assert 'invalid auth type "password"' in said and "are [oauth1]" in said


def test_credentials_of_the_environment_are_found(sky: Engine):
    assert "No cloud credentials found." in sky.ask("autoload-credentials").err
    sky.extra.update(OS_USERNAME="me", OS_PASSWORD="pw", OS_PROJECT_NAME="p")
    said = sky.fails("autoload-credentials", code=2)
    sky.extra.clear()
    assert '1. openstack credential "me" (new)' in said
    assert "kafkastack add-credential" in said
