"""Settings that nobody knows are kept and told; public clouds are known by name."""

from pathlib import Path

import pytest

from kafkastack.cli import catalogue
from kafkastack.cli.bootstrapping import find_wanted
from kafkastack.cli.known_clouds import AUTH_TYPES, get_cloud, refuse_built_in
from kafkastack.cli.main import main
from kafkastack.cli.public_clouds import PUBLIC
from kafkastack.cli.settings import warn_of_unknown
from kafkastack.errors import ConflictError, NotFoundError, UnsupportedError, UsageError

FILE = "credentials: {aws: {me: {auth-type: access-key, access-key: a, secret-key: s}}}\n"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAFKASTACK_DATA", str(tmp_path / "data"))
    return tmp_path


def test_an_unknown_key_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    warn_of_unknown(["arch", "test-mode", "uuid", "evil\x1b[2J"])
    told = capsys.readouterr()
    assert told.out == ""
    first, second = told.err.splitlines()
    assert first == (
        'WARNING key "arch" is not defined in the current model configuration: '
        "possible misspelling"
    )
    assert "\x1b" not in second


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_cloud_is_known_and_no_machine_is_made_there(name: str) -> None:
    cloud = get_cloud(name)
    assert cloud["auth-types"] == AUTH_TYPES[cloud["type"]]
    assert cloud["regions"]
    with pytest.raises(UnsupportedError, match="no machines are made here"):
        find_wanted(name)
    with pytest.raises(ConflictError):
        refuse_built_in(name)


def test_a_credential_of_a_public_cloud_is_kept(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "c.yaml").write_text(FILE)
    assert main(["add-credential", "aws", "--client", "-f", str(data / "c.yaml")]) == 0
    assert main(["default-region", "aws", "eu-west-1"]) == 0
    assert main(["credentials", "aws", "--client"]) == 0
    told = capsys.readouterr()
    assert 'Credential "me" added locally for cloud "aws".' in told.err
    assert "me" in told.out


def test_a_public_cloud_is_listed_with_all_or_once_it_has_a_credential(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["clouds", "--client"])
    assert "aws" not in capsys.readouterr().out
    main(["clouds", "--client", "--all"])
    assert "aws-gov" in capsys.readouterr().out
    (data / "c.yaml").write_text(FILE)
    main(["add-credential", "aws", "--client", "-f", str(data / "c.yaml")])
    main(["clouds", "--client"])
    listed = capsys.readouterr().out
    assert "aws " in listed
    assert "aws-gov" not in listed


def test_a_charm_of_ours_is_found_by_its_revision() -> None:
    newest = catalogue.find("kafka")
    revisions = {channel.revision: name for name, channel in newest.channels.items()}
    for revision, name in revisions.items():
        found = catalogue.find("kafka", "", revision)
        assert found.channel.revision == revision, name
    with pytest.raises(NotFoundError, match="has no revision 999"):
        catalogue.find("kafka", "", 999)


def test_a_folder_has_no_revisions(tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text("name: own\n")
    with pytest.raises(UsageError, match="has no revisions"):
        catalogue.find(str(tmp_path), "", 3)
