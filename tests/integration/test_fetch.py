"""The real Kafka 3.9.2 and 4.3.1 from Maven Central, in a cache of this test's own."""

import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from kafkastack.artifacts.distributions import DISTRIBUTIONS, find_resource
from kafkastack.artifacts.java import find_java
from kafkastack.artifacts.recipes import SERVERS
from kafkastack.artifacts.training import FLAGS, train
from tests.fakes.programs import running
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parents[2] / "src"
KAFKA_3 = "kafka-3.9.2"
OFFLINE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
TOOLS = (
    "kafka.admin.AclCommand",
    "kafka.admin.ConfigCommand",
    "org.apache.kafka.tools.TopicCommand",
    "org.apache.kafka.tools.ProducerPerformance",
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
)
TOOLS_4 = (
    "kafka.tools.StorageTool",
    "org.apache.kafka.shell.MetadataShell",
    "org.apache.kafka.tools.AclCommand",
    "org.apache.kafka.tools.ConsoleProducer",
    "org.apache.kafka.tools.FeatureCommand",
    "org.apache.kafka.tools.MetadataQuorumCommand",
    "org.apache.kafka.tools.TopicCommand",
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "KAFKASTACK_CACHE": str(cache), "PYTHONPATH": str(SOURCE)}


def run(words, environment, **more):
    return subprocess.run(
        words,
        env={**environment, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def fetch(environment, *words, **more):
    done = run([sys.executable, "-m", "kafkastack", "fetch", *words], environment, **more)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(environment):
    """Return the folder of a fetched Kafka 3.9.2."""
    told = fetch(environment).stderr
    assert "Downloading: 48.6 MB" in told
    assert "WARNING" not in told
    return Path(environment["KAFKASTACK_CACHE"]) / "kafka" / "3.9.2"


@pytest.fixture(scope="module")
def folder_4(environment):
    """Return the folder of a fetched Kafka 4.3.1."""
    told = fetch(environment, "--channel", "4/stable").stderr
    assert "WARNING" not in told
    return Path(environment["KAFKASTACK_CACHE"]) / "kafka" / "4.3.1"


@pytest.fixture(scope="module")
def java():
    java = find_java()
    assert java, "this machine has no Java"
    return java


@pytest.mark.parametrize("name", ["kafka.jar", "zookeeper.jar"])
def test_the_class_archive_is_really_used(folder, java, name):
    _, jar = find_resource(f"{KAFKA_3}/{name}")
    archive = folder / f"{jar.stem}.jsa"
    words = [java.path, "-Xshare:on", f"-XX:SharedArchiveFile={archive}", "-Xlog:class+load"]
    done = run([*words, "-cp", folder / name, "--dry-run", jar.main], os.environ)
    assert done.returncode == 0, done.stdout
    assert f"{jar.main} source: shared objects file (top)" in done.stdout


def test_a_broker_of_the_official_flags_can_use_it_too(folder, java):
    flags = ["-Xmx1G", "-XX:+UseG1GC", "-Xshare:on", f"-XX:SharedArchiveFile={folder}/kafka.jsa"]
    done = run([java.path, *flags, "-cp", folder / "kafka.jar", "kafka.Kafka", "--version"], {})
    assert done.stdout.strip() == "3.9.2"


@pytest.mark.parametrize("tool", TOOLS)
def test_the_command_line_tools_have_what_they_need(folder, java, tool):
    words = [java.path, *FLAGS, "-Xshare:auto", f"-XX:SharedArchiveFile={folder}/kafka.jsa"]
    done = run([*words, "-cp", folder / "kafka.jar", tool, "--help"], {})
    assert "NoClassDefFoundError" not in done.stdout + done.stderr
    assert "--" in done.stdout + done.stderr


@pytest.mark.parametrize("tool", TOOLS_4)
def test_track_4_has_what_its_tools_need(folder_4, java, tool):
    words = [java.path, *FLAGS, "-Xshare:auto", f"-XX:SharedArchiveFile={folder_4}/kafka.jsa"]
    done = run([*words, "-cp", folder_4 / "kafka.jar", tool, "--help"], {})
    assert "NoClassDefFoundError" not in done.stdout + done.stderr
    assert "--" in done.stdout + done.stderr


def test_a_node_of_track_4_tells_its_version(folder_4, java):
    done = run([java.path, *FLAGS, "-jar", folder_4 / "kafka.jar", "--version"], {})
    assert done.stdout.strip() == "4.3.1"


def test_what_is_cached_needs_no_network_and_no_second_training(folder, environment):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    done = fetch(environment, **OFFLINE)
    assert "Downloading" not in done.stderr
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_with_quiet_nothing_is_said(folder, environment):
    done = fetch(environment, "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_tampered_jar_is_named_and_fetched_again(folder, environment):
    jar = folder / "lib" / "slf4j-api-1.7.36.jar"
    content = jar.read_bytes()
    jar.chmod(0o644)
    jar.write_bytes(content[:-1])
    told = fetch(environment).stderr
    assert "WARNING slf4j-api-1.7.36.jar is refused" in told
    assert "Downloading: 0.0 MB" in told
    assert "class archives" not in told, "the archive must stay valid for the same bytes"
    assert jar.read_bytes() == content


def test_a_tampered_jar_offline_is_an_error_with_its_name(folder, environment):
    jar = folder / "lib" / "slf4j-api-1.7.36.jar"
    content = jar.read_bytes()
    jar.unlink()
    words = [sys.executable, "-m", "kafkastack", "fetch"]
    done = run(words, environment, **OFFLINE)
    jar.write_bytes(content)
    assert done.returncode == 4
    assert "ERROR cannot download slf4j-api-1.7.36.jar: Connection refused" in done.stderr


def test_another_java_or_a_moved_cache_trains_again(folder, environment):
    record = folder / "archives.json"
    before = (folder / "kafka.jsa").stat().st_mtime_ns
    record.write_text(record.read_text().replace('"java": "', '"java": "another '))
    assert "Making class archives for kafka-3.9.2" in fetch(environment).stderr
    assert (folder / "kafka.jsa").stat().st_mtime_ns > before
    assert not (folder / ".training").exists()


@pytest.mark.parametrize(
    ("stem", "wanted"),
    [
        ("zookeeper", ("server.quorum.Leader ", "server.auth.SASLAuthenticationProvider ")),
        ("kafka", ("ScramSaslServer ", "AclAuthorizer ", "requests.ProduceRequest ")),
    ],
)
def test_an_archive_holds_what_a_secured_cluster_needs_until_its_first_message(
    folder, environment, java, stem, wanted
):
    fetch(environment)
    archived = archived_in(folder, stem, java)
    assert [name for name in wanted if name not in archived] == []


def test_an_archive_of_track_4_holds_what_a_node_needs_with_tls_inside(folder_4, java):
    wanted = (
        *("KafkaRaftServer ", "QuorumController ", "StandardAuthorizer ", "ScramSaslServer "),
        *("SslTransportLayer ", "DefaultSslEngineFactory$PemStore "),
        *("RollingFileAppender ", "requests.ProduceRequest "),
    )
    archived = archived_in(folder_4, "kafka", java)
    assert [name for name in wanted if name not in archived] == []


def archived_in(folder, stem, java):
    """Return the JVM's list of the classes in an archive."""
    archive = f"-XX:SharedArchiveFile={folder / stem}.jsa"
    words = [str(java.path), *FLAGS, "-XX:+PrintSharedArchiveAndExit", archive]
    return run([*words, "-cp", str(folder / f"{stem}.jar"), "-version"], os.environ).stdout


def test_the_controllers_question_is_answered_in_json(folder, environment):
    words = [sys.executable, "-m", "kafkastack.artifacts", f"{KAFKA_3}/kafka.jar"]
    done = run(words, environment, **OFFLINE)
    assert done.stdout == f'{{"path": "{folder}/kafka.jar"}}\n'


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda d: d.name)
def test_servers_start_from_jars_that_need_no_other_file(
    folder, environment, java, tmp_path, distribution
):
    for jar in distribution.jars:
        target = tmp_path / jar.name
        channel = ("--channel", f"{distribution.track}/stable")
        fetch(environment, "--resource", jar.stem, *channel, "-o", str(target), "--quiet")
        with zipfile.ZipFile(target) as packed:
            assert [n for n, count in Counter(packed.namelist()).items() if count > 1] == []
    (tmp_path / "scratch").mkdir()
    train(java.path, SERVERS[distribution.name], tmp_path, tmp_path / "scratch")
    assert (tmp_path / "scratch" / "kafka.jsa").exists()


def test_kill_9_while_training_leaves_no_server(folder, environment):
    (folder / "archives.json").unlink()
    words = [sys.executable, "-m", "kafkastack.artifacts", f"{KAFKA_3}/kafka.jar"]
    with running(words, env=environment, stdout=subprocess.PIPE) as process:
        wait_until(lambda: servers_in(folder), 60)
        process.kill()
    wait_until(lambda: not servers_in(folder), 60)
    assert "WARNING" not in fetch(environment).stderr


def servers_in(folder):
    """Return the programs that have the folder in their arguments and are no zombies."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if f"ArchiveClassesAtExit={folder}".encode() in words:
            found.append(words)
    return found


@pytest.mark.slow
def test_without_java_one_comes_from_pypi_and_gets_its_own_archives(folder, environment, tmp_path):
    downloads_of_jgo = tmp_path / "cjdk"
    bare = {**environment, "PATH": str(tmp_path), "CJDK_CACHE_DIR": str(downloads_of_jgo)}
    told = fetch(bare).stderr
    assert "Fetching Java" in told
    assert "Making class archives" in told
    assert "WARNING" not in told
    assert not downloads_of_jgo.exists()
    assert '"java": "25' in (folder / "archives.json").read_text()
