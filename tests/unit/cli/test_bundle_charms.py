"""The charms that a bundle names are found as `deploy` finds them."""

from pathlib import Path

import pytest

from kafkastack.cli import catalogue
from kafkastack.cli.bundles import read_with_charms
from kafkastack.errors import KafkastackError
from kafkastack.model.bundle import BundleApplication


def found(folder: Path, application: str) -> BundleApplication:
    (folder / "bundle.yaml").write_text(f"applications: {{a: {{{application}}}}}")
    return read_with_charms(folder / "bundle.yaml", [])[1].applications["a"]


def test_a_revision_chooses_its_channel_where_none_is_named(tmp_path: Path):
    for channel in catalogue.find("kafka").channels.values():
        app = found(tmp_path, f"charm: kafka, revision: {channel.revision}")
        assert app.revision == channel.revision


@pytest.mark.parametrize(
    ("application", "words"),
    [
        ("charm: kafka, revision: 999", 'charm "kafka" has no revision 999; there is'),
        ("charm: kafka, channel: 4/stable, revision: 1", 'no revision 1 in channel "4/stable"'),
        ("charm: ./own, revision: 3", "own has no revisions"),
        ("charm: ./own, revision: 0", "own has no revisions"),
    ],
)
def test_a_revision_that_there_is_not_is_refused(tmp_path: Path, application: str, words: str):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/metadata.yaml").write_text("name: own\n")

    with pytest.raises(KafkastackError) as caught:
        found(tmp_path, application)

    assert words in caught.value.message
