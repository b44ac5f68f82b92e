"""The last error of a log is told by its cause."""

from pathlib import Path

import pytest
from kafkastack_charms.files import last_error

KAFKA = """\
[2026-11-29 10:00:01,000] ERROR [KafkaServer id=0] Fatal error during startup. (kafka.server)
org.apache.kafka.common.KafkaException: java.lang.IllegalArgumentException: Unsupported CipherSuite
\tat org.apache.kafka.common.network.SslChannelBuilder.configure(SslChannelBuilder.java:98)
Caused by: java.lang.IllegalArgumentException: Unsupported CipherSuite: NO_SUCH_CIPHER
\tat sun.security.ssl.CipherSuite.validValuesOf(CipherSuite.java:1027)
\t... 18 more
[2026-11-29 10:00:02,000] INFO [KafkaServer id=0] shutting down (kafka.server.KafkaServer)
"""
OWN_NODE = """\
[2026-11-29 10:00:01,000] ERROR Error while creating ephemeral at /brokers/ids/0 (kafka.zk)
org.apache.zookeeper.KeeperException$NodeExistsException: KeeperErrorCode = NodeExists
\tat org.apache.zookeeper.KeeperException.create(KeeperException.java:126)
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KAFKA, "IllegalArgumentException: Unsupported CipherSuite: NO_SUCH_CIPHER"),
        (OWN_NODE, "KeeperException$NodeExistsException: KeeperErrorCode = NodeExists"),
        (KAFKA + "[2026] FATAL out of space (a.b)\n", "out of space (a.b)"),
        ("[2026] INFO fine (a.b)\njava.lang.Exception: of no error\n", ""),
        ("", ""),
    ],
)
def test_the_last_error_is_its_deepest_cause(tmp_path: Path, text: str, said: str):
    (tmp_path / "server.log").write_text(text)
    assert last_error(tmp_path / "server.log") == said
    assert last_error(tmp_path / "none.log") == ""


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path):
    log = tmp_path / "server.log"
    log.write_text("[x] ERROR old (a)\n" + "[x] INFO fine (a)\n" * 100)
    assert last_error(log, within=200) == ""
    assert last_error(log) == "old (a)"
