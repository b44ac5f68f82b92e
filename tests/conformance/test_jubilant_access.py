"""jubilant's scp and ssh keys, its own methods unchanged."""

from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest

from tests.conformance.conftest import CHARM, Backend

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFC7ZlpFV0rDUoNFgR2BwcyzBo2a8Nl7nR9hR1ImVxyz me@here"


@pytest.fixture(scope="module")
def juju(backend: Backend, letter: Path) -> Iterator[jubilant.Juju]:
    """A model with a unit."""
    with jubilant.temp_model() as juju:
        juju.deploy(CHARM, "app", resources={"letter": str(letter)})
        juju.wait(jubilant.all_active, delay=0.1, successes=1)
        yield juju


def test_files_and_folders_are_copied(juju: jubilant.Juju, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("words")
    juju.scp(tmp_path / "folder/file", "app/leader:copied")
    assert juju.ssh("app/0", "cat copied") == "words"
    juju.scp(tmp_path / "folder", "app/0:", scp_options=["-r", "-q"])
    juju.scp("app/0:folder", tmp_path / "back", host_key_checks=False, scp_options=["-r"])
    assert (tmp_path / "back/file").read_text() == "words"
    with pytest.raises(jubilant.CLIError) as failed:
        juju.scp("app/0:nothing", tmp_path)
    assert "nothing: No such file or directory" in failed.value.stderr


def test_keys_come_and_go(juju: jubilant.Juju):
    juju.add_ssh_key(KEY)
    assert "me@here" in juju.cli("ssh-keys")
    juju.remove_ssh_key("me@here")
    assert "me@here" not in juju.cli("ssh-keys")
