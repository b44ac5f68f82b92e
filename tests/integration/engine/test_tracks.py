"""Two folders are one charm to a person: deployed, exported and refreshed by channels."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import kafkastack
from tests.fakes.engine import Engine, engine
from tests.fakes.two_tracks import write_tracks

PACKAGE = Path(kafkastack.__file__).parent
JAR = "kafka.jar"
REFUSED = '"{}" runs Kafka {} and cannot become Kafka {}'


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine whose own charms are the two folders, with both deployed."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o755)
    shutil.copytree(
        PACKAGE, home / "src/kafkastack", ignore=shutil.ignore_patterns("__pycache__", "data")
    )
    (home / "charms").mkdir()
    write_tracks(home / "charms")
    with engine({"PYTHONPATH": str(home / "src")}) as made:
        (made.root / JAR).write_text("no jar: nothing is fetched for these charms")
        made.bootstrap()
        made("deploy", "kafka", *given(made))
        four = ("kafka", "four", "--channel", "4", "--config", "option-4=x")
        told = made.ask("deploy", *four, *given(made)).err
        assert 'local charm "kafka", revision 3 in channel 4/stable' in told
        made("integrate", "kafka:client", "four:server")  # kafka-4 has no such endpoint
        made.wait_for_idle(count=2, workload="active")
        yield made


def given(engine: Engine) -> tuple[str, str]:
    return "--resource", f"kafka={engine.root}/{JAR}"


def words(engine: Engine) -> dict[str, str]:
    return {name: u["workload-status"]["message"] for name, u in engine.units().items()}


def test_each_is_the_charm_of_its_folder_and_of_one_name(two: Engine) -> None:
    assert words(two) == {"kafka/0": "kafka", "four/0": "kafka-4"}
    shown = two.status()["applications"]
    facts = {n: (a["charm-name"], a["charm-channel"], a["charm-rev"]) for n, a in shown.items()}
    assert facts == {"kafka": ("kafka", "3/stable", 1), "four": ("kafka", "4/stable", 3)}


def test_an_option_has_the_default_of_this_cloud_until_it_is_set(two: Engine) -> None:
    def option() -> dict[str, str]:
        shown = json.loads(two("config", "kafka", "--format", "json"))["settings"]["option_3"]
        return {key: shown[key] for key in ("default", "value", "source")}

    default = {"default": "here", "value": "here", "source": "default"}
    assert option() == default
    assert two("exec", "--unit", "kafka/0", "--", "config-get option_3").strip() == "here"
    two("config", "kafka", "option_3=mine")
    assert option() == {"default": "here", "value": "mine", "source": "user"}
    two("config", "kafka", "--reset", "option_3")
    assert option() == default


@pytest.mark.parametrize(
    ("application", "now", "then", "flags"),
    [
        ("kafka", "3", "4", ("--channel", "4/stable")),
        ("kafka", "3", "4", ("--revision", "4")),
        ("kafka", "3", "4", ("--switch", "kafka", "--channel", "4/edge")),
        ("four", "4", "3", ("--channel", "3/stable")),
    ],
)
def test_one_does_not_become_the_other_in_place(
    two: Engine, application: str, now: str, then: str, flags: tuple[str, ...]
) -> None:
    told = two.fails("refresh", application, *flags)
    assert REFUSED.format(application, now, then) in told
    assert f"kafkastack deploy kafka kafka{then} --channel {then}/stable" in told
    assert f"kafkastack refresh {application} --channel {now}/stable" in told


def test_a_refresh_stays_in_its_track(two: Engine) -> None:
    assert "already up-to-date" in two.ask("refresh", "four").err
    assert "revision 4 in channel 4/edge" in two.ask("refresh", "four", "--channel", "4/edge").err
    assert "already up-to-date" in two.ask("refresh", "four").err
    told = two.ask("refresh", "four", "--revision", "3").err
    assert "revision 3 in channel 4/stable" in told
    two.wait_for_idle(count=2, workload="active")


def test_what_is_exported_is_deployed_again(two: Engine, tmp_path: Path) -> None:
    file = tmp_path / "bundle.yaml"
    two("export-bundle", "--filename", str(file))
    exported = yaml.safe_load(file.read_text())["applications"]
    assert {n: (a["charm"], a["channel"]) for n, a in exported.items()} == {
        "kafka": ("kafka", "3/stable"),
        "four": ("kafka", "4/stable"),
    }
    assert two("deploy", str(file)) == "No changes to apply.\n"
    assert two("diff-bundle", str(file)) == "{}\n"
    for application in (bundle := yaml.safe_load(file.read_text()))["applications"].values():
        application["resources"] = {"kafka": str(two.root / JAR)}
    file.write_text(yaml.safe_dump(bundle))
    two("add-model", "again")
    two("deploy", str(file))
    two.wait_for_idle(count=2, workload="active")
    assert words(two) == {"kafka/0": "kafka", "four/0": "kafka-4"}
    two("switch", "m")


def test_a_bundle_of_another_track_is_refused_before_anything_is_done(
    two: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.yaml"
    new = "  new: {charm: kafka, channel: 4/stable, num_units: 1}\n"
    file.write_text(f"applications:\n{new}  kafka: {{charm: kafka, channel: 4, num_units: 1}}\n")
    assert REFUSED.format("kafka", "3", "4") in two.fails("deploy", str(file))
    assert set(two.status()["applications"]) == {"kafka", "four"}


def test_each_is_packed_by_its_channel(two: Engine, tmp_path: Path) -> None:
    for channel, folder in (("3", "kafka"), ("4", "kafka-4")):
        packed = two("pack", "kafka", "--channel", channel, "-o", str(tmp_path / channel)).strip()
        assert Path(packed).name.startswith("kafka_")
        two("deploy", packed, f"packed{channel}", *given(two))
        two("wait-for", "application", f"packed{channel}", "--timeout", "30s")
        assert words(two)[f"packed{channel}/0"] == folder
    assert REFUSED.format("packed3", "3", "4") in two.fails("refresh", "packed3", "--path", packed)
    two("remove-application", "packed3", "packed4", "--no-prompt", "--force")
    two.wait_for_idle(count=2)
