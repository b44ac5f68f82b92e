import importlib
from pathlib import Path

import pytest

from kafkastack.clouds import CLOUDS, open_cloud, resolve_cloud
from kafkastack.errors import NotFoundError


def test_localhost_says_for_which_cloud_it_stands():
    name, sentence = resolve_cloud("localhost")

    assert name == "local"
    assert "local" in sentence


def test_an_unknown_cloud_is_answered_with_the_known_ones():
    with pytest.raises(NotFoundError, match='unknown cloud "aws": there are local, localhost'):
        resolve_cloud("aws")


def test_a_cloud_has_the_name_under_which_it_is_known(tmp_path: Path):
    for name in CLOUDS:
        assert open_cloud(name, tmp_path, tmp_path).name == name


@pytest.mark.parametrize("module", ["kafkastack.clouds", "kafkastack.clouds.local"])
def test_public_names_are_sorted_and_exist(module: str):
    loaded = importlib.import_module(module)

    assert list(loaded.__all__) == sorted(loaded.__all__)
    assert all(hasattr(loaded, name) for name in loaded.__all__)
