"""Whether a program of Spring Boot enters with what `kafka client-config --format spring` prints.

It is built by Maven, which is to be installed, and reads the lines as its application.properties:
once those of a Kafka that runs, which gives back what it is sent, and once those of awkward names.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import measure
from lab import lab

from kafkastack.cli.kafka.access import FORMATS, Access, java_settings

_PROJECT = Path(__file__).parent / "spring-boot"
_TOPIC, _TEXT = "echo", "from Spring Boot"
_AWKWARD = ("a${HOME}b", "#{1}", "\\", '"', "ü€😀", " begins", "a=b:c", "\\${a}", "100%25#1")
_JAVA = ("java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-jar")
_SECONDS = 600.0


def _build(folder: Path) -> Path:
    """Build the program, and return it."""
    shutil.copytree(_PROJECT, folder)
    measure.run(
        ("mvn", "--quiet", "--batch-mode", "--file", str(folder), "package"), timeout=_SECONDS
    )
    return folder / "target/echo.jar"


def _run(program: Path, lines: str, *words: str) -> list[str]:
    """Run it with these lines of application.properties; return what it says."""
    told = program.with_name("application.properties")
    told.write_text(f"{lines}spring.kafka.consumer.auto-offset-reset=earliest\n")
    told.chmod(0o600)
    options = (f"--spring.config.location=file:{told}", "--spring.main.banner-mode=off")
    quiet = ("--logging.level.root=warn",)
    out = measure.run((*_JAVA, str(program), *words, *options, *quiet))
    return out.splitlines()


def _misread(program: Path) -> list[str]:
    """Return the awkward texts that Spring reads as something else."""
    return [text for text in _AWKWARD if _is_misread(program, text)]


def _is_misread(program: Path, text: str) -> bool:
    access = Access("127.0.0.1:1", "ana", text, f"/home/{text.replace('/', '')}/ca.pem")
    wanted = java_settings(access)
    said = _run(program, FORMATS["spring"](access))
    return said != [wanted["sasl.jaas.config"], wanted["ssl.truststore.location"]]


def main() -> None:
    """Let it send a message and read it, and write results/spring-boot.json."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, lab() as own:
        program = _build(Path(folder, "echo"))
        own.begin()
        own("kafka", "start")
        own("kafka", "topics", "--create", "--topic", _TOPIC)
        lines = own("kafka", "client-config", "--format", "spring")
        _, _, *said = _run(program, lines, _TOPIC, _TEXT)
        (version, *_) = re.findall(r"<version>(.*)</version>", (_PROJECT / "pom.xml").read_text())
        found = {"version": version, "given back": said, "misread": _misread(program)}
    measure.save("spring-boot", found, load)
    if said != [_TEXT] or found["misread"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
