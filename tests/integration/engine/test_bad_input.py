"""Errors for what a person types wrong, in Juju's words, with what to type next."""

from pathlib import Path

import pytest

from kafkastack.cli.verbs import BY_NAME
from tests.fakes.engine import Engine
from tests.fakes.shell_charm import write_charm


@pytest.fixture(scope="module")
def model(shared: Engine, charms: Path) -> Engine:
    """A model with two units that can be related, and one of another interface."""
    charm = write_charm(charms)
    files = {"metadata.yaml": "name: lonely\nprovides: {db: {interface: db}}\n"}
    lonely = write_charm(charms, name="lonely", files=files)
    shared("deploy", str(charm), "one")
    shared("deploy", str(charm), "two")
    shared("deploy", str(lonely))
    shared("integrate", "one:client", "two:server")
    shared.wait_for_idle(count=3)
    return shared


REFUSED = [
    # command, exit code, what is said
    ("deploy nothing", 1, 'charm or bundle "nothing" not found'),
    ("deploy ./nothing", 1, "holds no charm"),
    ("deploy kafka --channel 9/edge", 1, "9/edge"),
    ("deploy CHARM one", 1, 'cannot add application "one": application already exists'),
    ("deploy CHARM Bad", 1, 'invalid application name "Bad"'),
    ("deploy CHARM a/b", 1, 'invalid application name "a/b"'),
    ("deploy CHARM -n 0", 2, "--num-units"),
    ("deploy CHARM -n many", 2, "--num-units"),
    ("deploy CHARM x --config nothing=1", 1, 'unknown option "nothing"'),
    ("deploy CHARM x --config number=many", 1, 'option "number" expected int'),
    ("deploy CHARM x --config flag=perhaps", 1, 'option "flag" expected boolean'),
    ("deploy CHARM x --config number", 1, 'configuration file "number" not found'),
    ("deploy CHARM x --config text=@/nowhere", 1, "/nowhere"),
    ("deploy CHARM x --resource nothing=/etc/passwd", 1, 'unrecognized resource "nothing"'),
    ("deploy CHARM x --resource jar=/nowhere", 1, "/nowhere"),
    ("deploy CHARM x --config /dev/zero", 1, "/dev/zero is a device"),
    ("deploy CHARM x --config text=@/dev/zero", 1, "/dev/zero is a device"),
    ("deploy CHARM x --resource jar=/dev/zero", 2, "not a regular file: /dev/zero"),
    ("attach-resource one jar=/dev/zero", 2, "not a regular file: /dev/zero"),
    ("config one --file /dev/zero", 1, "/dev/zero is a device"),
    ("run one/0 say --params /dev/zero", 1, "/dev/zero is a device"),
    ("add-model x --config /dev/zero", 1, "/dev/zero is a device"),
    ("model-config --file /dev/zero", 1, "/dev/zero is a device"),
    ("model-defaults --file /dev/zero", 1, "/dev/zero is a device"),
    ("add-secret x --file /dev/zero", 1, "/dev/zero is a device"),
    ("add-secret x key#file=/dev/zero", 1, "/dev/zero is a device"),
    ("add-cloud x /dev/zero --client", 1, "/dev/zero is a device"),
    ("add-credential localhost --client -f /dev/zero", 1, "/dev/zero is a device"),
    ("bootstrap local other --config /dev/zero", 1, "/dev/zero is a device"),
    ("deploy CHARM x --to 99", 1, "machine 99 not found"),
    ("deploy CHARM x y z", 2, "too many arguments"),
    ("deploy", 2, "missing arguments"),
    ("deploy CHARM --nothing", 2, "option provided but not defined: --nothing"),
    ("deploy CHARM --channel", 2, "option needs an argument: --channel"),
    ("add-unit nothing", 1, 'application "nothing" not found'),
    ("add-unit one -n x", 2, "--num-units"),
    ("remove-unit one/9 --no-prompt", 1, 'unit "one/9" not found'),
    ("remove-unit one --no-prompt", 1, 'invalid unit name "one"'),
    ("remove-unit one/0", 2, "add --no-prompt"),
    ("remove-application nothing --no-prompt", 1, 'application "nothing" not found'),
    ("config nothing", 1, 'application "nothing" not found'),
    ("config one nothing", 1, 'key "nothing" not found in "one"'),
    ("config one nothing=1", 1, 'unknown option "nothing"'),
    ("config one number=x", 1, 'option "number" expected int'),
    ("config one --reset nothing", 1, 'unknown option "nothing"'),
    ("config one --file /nowhere", 1, "/nowhere"),
    ("config one number text=x", 2, "cannot set and retrieve values simultaneously"),
    ("config one number text", 2, "can only retrieve a single value"),
    ("integrate one nothing", 1, 'application "nothing" not found'),
    ("integrate one:nothing two", 1, 'application "one" has no "nothing" relation'),
    ("integrate one:client lonely:db", 1, "no relations found"),
    ("integrate one two", 1, "ambiguous relation"),
    ("integrate one lonely", 1, "no relations found"),
    ("integrate one:client two:server", 1, "already exists"),
    ("integrate one:peer two:peer", 1, "no relations found"),
    ("integrate one admin/other.two", 1, 'application offer "admin/other.two" not found'),
    ("integrate one there:admin/other.two:server", 1, "is of another controller"),
    ("offer one", 2, "endpoints must conform to format"),
    ("offers extra more", 2, "too many arguments"),
    ("find-offers --interface nothing", 2, "no matching application offers found"),
    ("show-offer other.nothing", 1, "model en:admin/other not found"),
    ("remove-offer m.nothing", 1, 'application offer "admin/m.nothing" not found'),
    ("consume nothing", 2, 'application offer URL "nothing" not valid'),
    ("remove-saas nothing", 1, 'saas application "nothing" not found'),
    ("suspend-relation 77", 1, 'relation "77" not found'),
    ("resume-relation 77", 1, 'relation "77" not found'),
    ("integrate one", 2, "missing arguments"),
    ("remove-relation one lonely", 1, "not found"),
    ("remove-relation one nothing", 1, 'application "nothing" not found'),
    ("remove-relation one:peer one:peer", 1, "peer"),
    ("run one/0 say --params /nowhere", 1, "/nowhere"),
    ("run one say word=x", 2, "no unit specified"),
    ("run one/x say", 2, 'invalid unit or action name "one/x"'),
    ("run one/0", 2, "no action specified"),
    ("run one/0 say word=x --wait soon", 2, 'invalid duration "soon"'),
    ("exec -- true", 2, "You must specify a target"),
    ("ssh one/9 true", 1, 'unit "one/9" not found'),
    ("ssh 99 true", 1, "machine 99 not found"),
    ("deploy kafka --revision 9", 1, 'charm "kafka" has no revision 9'),
    ("deploy CHARM x --revision 9", 2, "has no revisions: it is no charm of ours"),
    ("refresh one --switch kafka --path CHARM", 2, "--switch and --path are mutually exclusive"),
    ("refresh one --switch kafka --revision 1", 2, "--switch and --revision are mutually"),
    ("refresh one --switch nothing", 1, 'charm or bundle "nothing" not found'),
    ("bootstrap aws", 1, 'cloud "aws" is of type "ec2", on which no machines are made here'),
    ("restore-controller nothing", 1, "controller nothing not found"),
    ("restore-controller ../en", 1, "controller ../en not found"),
    ("restore-controller en", 1, "sound: there is nothing to restore"),
    ("restore-controller en --from nothing", 1, 'backup "nothing" not found'),
    ("restore-controller en --format json", 2, "--format needs --list"),
    ("resolved one/0", 1, 'unit "one/0" is not in an error state'),
    ("resolved one/9", 1, 'unit "one/9" not found'),
    ("resolved", 2, "no unit specified"),
    ("show-unit one/9", 1, 'unit "one/9" not found'),
    ("show-unit one", 1, 'invalid unit name "one"'),
    ("status -m nothing", 1, "model en:admin/nothing not found"),
    ("status -m nothing:m", 1, "controller nothing not found"),
    ("status --format xml", 2, "xml"),
    ("status --color --no-color", 2, "cannot mix --no-color and --color"),
    ("status --watch soon", 2, 'invalid duration "soon"'),
    ("debug-log --limit many", 2, "--limit"),
    ("debug-log --lines many", 2, "--lines"),
    ("add-model m", 1, 'model "m" already exists'),
    ("add-model Bad", 1, "model names may only contain lowercase letters, digits and hyphens"),
    ("add-model -- -bad", 1, "model names may only contain lowercase letters, digits and hyphens"),
    ("add-model é", 1, "model names may only contain lowercase letters, digits and hyphens"),
    ("add-model a/b", 1, "model names may only contain lowercase letters, digits and hyphens"),
    ("add-model x --config update-status-hook-interval=soon", 1, "expected duration"),
    ("add-model x -c nothing", 1, "controller nothing not found"),
    ("model-config nothing", 1, 'key "nothing" not found'),
    ("model-config update-status-hook-interval=1x5m", 1, "expected duration"),
    ("model-config automatically-retry-hooks=perhaps", 1, 'expected bool, got string("perhaps")'),
    ("model-config logging-config=<root>=LOUD", 1, 'unknown severity level "LOUD"'),
    ("model-config uuid=1", 1, '"uuid" cannot be changed'),
    ("model-config mode mode", 2, "can only retrieve a single value, or all values"),
    ("model-config mode test-mode=true", 2, "cannot set and retrieve model values simultaneously"),
    ("model-config mode --reset mode", 2, "cannot reset and retrieve model values"),
    ("model-config mode= --reset mode", 2, 'cannot set and reset key "mode" simultaneously'),
    ("model-config --file /nothing", 1, "/nothing: No such file"),
    ("model-defaults test-mode=2", 1, 'test-mode: expected bool, got string("2")'),
    ("switch nothing", 1, "nothing"),
    ("show-model nothing", 1, "model en:admin/nothing not found"),
    ("destroy-model nothing --no-prompt", 1, "model en:admin/nothing not found"),
    ("destroy-model m", 2, "add --no-prompt"),
    ("destroy-model m --no-prompt --timeout soon", 2, 'invalid duration "soon"'),
    ("destroy-controller nothing --no-prompt", 1, "controller nothing not found"),
    ("destroy-controller en --no-prompt", 1, "--destroy-all-models"),
    ("destroy-controller ../en --no-prompt", 1, "controller ../en not found"),
    ("bootstrap local en", 1, 'controller "en" already exists'),
    ("bootstrap local ../x", 2, '"../x" is not a valid name'),
    ("bootstrap nowhere x", 1, "nowhere"),
    ("info nothing", 1, 'charm or bundle "nothing" not found'),
    ("controllers extra", 2, "too many arguments"),
    ("show-controller nothing", 1, "controller nothing not found"),
    ("controller-config nothing", 1, 'key "nothing" not found in "en" controller'),
    ("controller-config nothing=1", 1, "invalid or read-only controller config"),
    ("whoami extra", 2, "too many arguments"),
    ("kill-controller nothing --no-prompt", 1, "controller nothing not found"),
    ("unregister nothing --no-prompt", 1, "controller nothing not found"),
    ("register somewhere", 1, 'controller "somewhere" not found'),
    ("preflight extra", 2, "too many arguments"),
    ("kafka nothing", 2, 'there is no command "kafka nothing"'),
    ("kafka start extra", 2, "too many arguments"),
    ("kafka client-config --format html", 2, "html"),
    ("kafka topics", 2, "exactly one action"),
    ("kafka produce", 2, "topic"),
    ("kafka consume", 2, "topic"),
    ("kafka groups", 2, "exactly one action"),
    ("kafka stop extra", 2, "too many arguments"),
    ("kafka rm extra", 2, "too many arguments"),
    ("microstack nothing", 2, 'there is no command "microstack nothing"'),
    ("microstack plan extra", 2, "too many arguments"),
    ("microstack bootstrap --hypervisor xen", 2, "xen"),
    ("microstack configure --image disk.img", 2, "--image and --name belong together"),
    ("microstack launch one two", 2, "too many arguments"),
    ("microstack status --format html", 2, "html"),
    ("microstack openrc extra", 2, "too many arguments"),
    ("microstack stop extra", 2, "too many arguments"),
    ("microstack start extra", 2, "too many arguments"),
    ("microstack destroy extra", 2, "too many arguments"),
    ("fetch --resource nothing", 1, 'nothing.jar" is not known'),
    ("fetch --channel 9/edge", 1, 'channel "9/edge" not found'),
    ("models -c nothing", 1, "controller nothing not found"),
    ("set-credential local nothing", 1, 'credential "nothing" for cloud "local" not found'),
    ("constraints nothing", 1, 'application "nothing" not found'),
    ("set-constraints one mem=much", 2, 'bad "mem" constraint'),
    ("model-constraints extra", 2, "too many arguments"),
    ("set-model-constraints nothing=1", 2, 'unknown constraint "nothing"'),
    ("find --format xml", 2, 'unknown format "xml"'),
    ("charm-resources nothing", 1, 'charm or bundle "nothing" not found'),
    ("refresh nothing", 1, 'application "nothing" not found'),
    ("refresh one --path ./nothing", 1, "holds no charm"),
    ("refresh one --path CHARM --base jammy", 2, "separated by '@', got \"jammy\""),
    ("attach-resource one nothing=/etc/passwd", 1, 'unrecognized resource "nothing"'),
    ("resources nothing", 1, 'application "nothing" not found'),
    ("show-application nothing", 1, 'application "nothing" not found'),
    ("trust nothing", 1, 'application "nothing" not found'),
    ("expose one --endpoints nothing", 1, 'endpoint "nothing" not found'),
    ("unexpose nothing", 1, 'application "nothing" not found'),
    ("machines extra", 2, "too many arguments"),
    ("show-machine 99", 1, "machine 99 not found"),
    ("add-machine ssh:me@host", 1, '"ssh:me@host"'),
    ("add-machine --base windows", 2, "separated by '@', got \"windows\""),
    ("remove-machine 0 --no-prompt", 1, 'machine 0 has unit "one/0" assigned'),
    ("storage --filesystem --volume", 2, "can not be used together"),
    ("show-storage data/9", 1, 'storage "data/9" not found'),
    ("add-storage one/0 nothing", 1, 'has no store called "nothing"'),
    ("attach-storage one/0 data/9", 1, "failed to attach data/9 to one/0"),
    ("detach-storage data/9", 1, "failed to detach data/9"),
    ("remove-storage data/9", 1, "failed to remove data/9"),
    ("storage-pools extra", 2, "too many arguments"),
    ("create-storage-pool x nothing", 1, 'storage provider "nothing" not found'),
    ("update-storage-pool nothing a=b", 1, 'storage pool "nothing" not found'),
    ("remove-storage-pool nothing", 1, 'storage pool "nothing" not found'),
    ("import-filesystem rootfs x y", 1, "does not support importing filesystems"),
    ("add-secret name A=b", 2, 'key "A" not valid'),
    ("update-secret nothing key=value", 1, 'secret "nothing" not found'),
    ("grant-secret nothing one", 1, 'secret "nothing" not found'),
    ("revoke-secret nothing one", 1, 'secret "nothing" not found'),
    ("secrets extra", 2, "too many arguments"),
    ("show-secret nothing", 1, 'secret "nothing" not found'),
    ("remove-secret nothing", 1, 'secret "nothing" not found'),
    ("scp a b", 1, "neither side is on a machine"),
    ("add-ssh-key", 2, "missing arguments"),
    ("ssh-keys extra", 2, "too many arguments"),
    ("remove-ssh-key", 2, "missing arguments"),
    ("import-ssh-key nobody", 1, "keys are not fetched"),
    ("hooks one/9", 1, 'unit "one/9" not found'),
    ("show-status-log one/9", 1, 'unit "one/9" not found'),
    ("wait-for relation x", 2, 'cannot wait for "relation"'),
    ("actions nothing", 1, 'application "nothing" not found'),
    ("show-action one nothing", 1, 'action "nothing" not defined'),
    ("operations --limit many", 2, "--limit"),
    ("show-operation 99", 1, 'operation "99" not found'),
    ("show-task 99", 1, 'task "99" not found'),
    ("cancel-task 99", 1, 'task "99" not found'),
    ("clouds -c nothing", 1, "controller nothing not found"),
    ("show-cloud nothing", 1, "cloud nothing not found"),
    ("regions nothing", 1, "cloud nothing not found"),
    ("add-cloud x /nowhere", 1, "/nowhere: No such file"),
    ("update-cloud nothing -f /nowhere", 1, "/nowhere: No such file"),
    ("remove-cloud nothing", 1, 'No personal cloud called "nothing"'),
    ("default-region local nowhere", 1, 'invalid region "nowhere" for cloud "local"'),
    ("credentials nothing", 1, "cloud nothing not found"),
    ("show-credential local nothing", 1, 'credential "nothing" for cloud "local" not found'),
    ("add-credential local -f /nowhere", 1, "/nowhere: No such file"),
    ("update-credential local nothing", 2, "asks for the credential"),
    ("remove-credential local nothing", 1, 'credential "nothing" for cloud "local" not found'),
    ("default-credential local nothing", 1, 'credential "nothing" for cloud "local" not found'),
    ("autoload-credentials a b", 2, "too many arguments"),
    ("tutorial run nothing", 1, 'tutorial "nothing" not found'),
    ("version --format xml", 2, 'unknown format "xml"'),
    ("help-hook-commands nothing", 1, 'unknown command "nothing"'),
    ("help-action-commands nothing", 1, 'unknown command "nothing"'),
    ("completion nothing", 2, 'unknown shell "nothing"'),
    ("export-bundle extra", 2, "too many arguments"),
    ("diff-bundle ./gone.yaml", 1, "gone.yaml: No such file"),
    ("wait-idle nothing", 1, 'application "nothing" not found'),
    ("advance-time 1h", 1, "it is not in test-mode"),
    ("shell extra", 2, "too many arguments"),
    ("pack kafka --base debian@7", 2, 'base "debian@7" is not known'),
    ("depoly x", 2, "Did you mean: kafkastack deploy"),
    ("help nothing", 2, 'unknown command or topic for "nothing"'),
]


@pytest.mark.parametrize(("line", "code", "text"), REFUSED, ids=[line for line, _, _ in REFUSED])
def test_refusals(model: Engine, charms: Path, line: str, code: int, text: str):
    words = [str(charms / "plain") if word == "CHARM" else word for word in line.split()]
    said = model.fails(*words, code=code)
    assert text in said
    assert said.strip().count("\n") >= 1, "it says what to type next"
    assert "Error:" not in said and "Errno" not in said, "an exception's name is no message"


def test_every_verb_has_a_refusal_here():
    words = [line.split() for line, _, _ in REFUSED]
    typed = {" ".join(line[:count]) for line in words for count in (1, 2)}
    assert set(BY_NAME) - typed == set()


def test_nothing_of_it_has_changed_the_model(model: Engine):
    assert sorted(model.units()) == ["lonely/0", "one/0", "two/0"]
    assert model.status()["applications"]["one"]["relations"].keys() == {"client", "peer"}


def test_a_charm_that_cannot_be_read_is_named(model: Engine, tmp_path: Path):
    for number, (name, text) in enumerate(
        (
            ("metadata.yaml", "name: [broken"),
            ("metadata.yaml", "- a list"),
            ("metadata.yaml", "summary: nameless"),
            ("config.yaml", "options: 7"),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        charm = write_charm(folder, files={name: text})
        assert name in model.fails("deploy", str(charm))


def test_a_kubernetes_charm_is_refused(model: Engine, tmp_path: Path):
    charm = write_charm(tmp_path, files={"metadata.yaml": "name: k\ncontainers: {c: {}}\n"})
    assert "is for Kubernetes" in model.fails("deploy", str(charm))


def test_before_anything_is_bootstrapped_the_next_command_is_named(bare: Engine):
    assert "kafkastack bootstrap" in bare.fails("status")
    assert "kafkastack bootstrap" in bare.fails("add-model", "m")
    bare("bootstrap", "local", "en")
    assert "kafkastack models" in bare.fails("status")


def test_a_long_application_name_is_fine(model: Engine, charms: Path):
    name = "a-name-of-more-than-sixty-letters-that-no-socket-path-has-room-for"
    model("deploy", str(charms / "plain"), name)
    model.wait_for_idle(count=4)
    model("remove-application", name, "--no-prompt")
    model.wait_for_idle(count=3)


def test_a_charm_library_that_is_missing_is_named(model: Engine, tmp_path: Path):
    asked = "charm-libs: [{lib: tls-certificates-interface.tls_certificates, version: '4.2'}]\n"
    charm = write_charm(tmp_path, name="needy", files={"charmcraft.yaml": asked})
    told = model.fails("deploy", str(charm))
    file = "lib/charms/tls_certificates_interface/v4/tls_certificates.py"
    assert f"tls-certificates-interface.tls_certificates v4 ({file})" in told
    assert "charmcraft fetch-libs" in told
    (charm / file).parent.mkdir(parents=True)
    (charm / file).touch()
    model("deploy", str(charm), "fed")
    model("remove-application", "fed", "--no-prompt")
