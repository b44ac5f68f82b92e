"""Kafka's own judgement of server.properties: one JVM for as many of them as one likes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


class KafkaConfig:
    """A process in which Kafka's classes read configurations; nothing of Kafka is started."""

    def __init__(self, jar: Path) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, __file__, str(jar)]
        self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)

    def refusal(self, properties: dict[str, str]) -> str:
        """Return why Kafka would not start with these lines; nothing where it would."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(properties) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def judge(classes: Any, lines: dict[str, str]) -> str:
    properties = classes.JClass("java.util.Properties")()
    for name, value in lines.items():
        properties.setProperty(name, value)
    mapper = classes.JClass("org.apache.kafka.common.security.ssl.SslPrincipalMapper")
    try:
        classes.JClass("kafka.server.KafkaConfig").fromProps(properties)
        mapper.fromRules(lines.get("ssl.principal.mapping.rules", "DEFAULT"))
    except classes.JException as error:
        return str(error)
    return ""


def serve(jar: str) -> None:
    """Judge what comes by stdin, a JSON object a line."""
    import jpype

    java = shutil.which("java")
    assert java, "needs a Java: apt install openjdk-17-jre-headless"
    machine = Path(java).resolve().parents[1] / "lib/server/libjvm.so"
    flags = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=OFF")
    jpype.startJVM(str(machine), *flags, classpath=[jar], convertStrings=True)
    for line in sys.stdin:
        print(json.dumps(judge(jpype, json.loads(line))), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
