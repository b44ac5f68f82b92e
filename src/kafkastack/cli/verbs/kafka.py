"""The rows of a Kafka of one's own, with the flags of Kafka's own scripts."""

from kafkastack.cli.verbs.row import CONTROLLER, NO_PROMPT, QUIET, Verb, output_format
from kafkastack.gnuflag import Flag

_NAME = Flag(("name",), "Which one: the name of its model", default="kafka", metavar="name")
_TOPIC = Flag(("topic",), "The topic", metavar="topic", once=True)


def _switch(name: str, help_text: str) -> Flag:
    return Flag((name,), help_text, takes_value=False)


def _row(name: str, module: str, summary: str, *flags: Flag, example: str = "") -> Verb:
    return Verb(
        f"kafka {name}",
        "",
        summary,
        f"cli.kafka.{module}",
        (_NAME, CONTROLLER, *flags),
        f"kafka {example or name}",
        arguments=(0, 0),
    )


VERBS: tuple[Verb, ...] = (
    Verb(
        "kafka",
        "<command>",
        "Start a secured Kafka 4 of your own, use and remove it",
        "cli.kafka.lifecycle",
        example="kafka start",
        arguments=(0, 1),
    ),
    _row(
        "start",
        "lifecycle",
        "Start a Kafka, or go on with a start or after a stop; print address, user, password, CA",
        QUIET,
        Flag(("brokers",), "Number of brokers; more than there are: the others are added"),
        Flag(
            ("expose",),
            "Let other hosts and containers in by this address of yours, through TLS and with "
            "the password; it stays so until --no-expose",
            metavar="address",
        ),
        _switch("no-expose", "Close what --expose has opened"),
        Flag(("timeout",), "How long to wait for each unit", default="10m"),
        example="start --brokers 3",
    ),
    _row(
        "client-config",
        "lifecycle",
        "Print what your program is configured with",
        output_format("properties", "env", "json", "librdkafka", "spring"),
        Flag(("o", "output"), "File to write to, which you alone can read"),
        _switch("exposed", "For a client that comes by the address of --expose"),
        example="client-config --format properties -o client.properties",
    ),
    _row(
        "topics",
        "topics",
        "List, create, describe, change and delete topics",
        _switch("list", "List the topics"),
        _switch("create", "Create a topic"),
        _switch("describe", "Show partitions, leaders, replicas and settings"),
        _switch("alter", "Change the number of partitions"),
        _switch("delete", "Delete topics"),
        Flag(("topic",), "The topic; but with --create also a regular expression", once=True),
        Flag(("partitions",), "Number of partitions", metavar="n"),
        Flag(("replication-factor",), "Number of replicas of each", metavar="n"),
        Flag(("config",), "Setting of the topic: key=value", repeat=True),
        _switch("if-exists", "With --alter, --describe, --delete: none is no error"),
        _switch("if-not-exists", "With --create: one that is there is no error"),
        _switch("exclude-internal", "With --list, --describe: without Kafka's own topics"),
        example="topics --create --topic orders --partitions 3",
    ),
    _row(
        "produce",
        "produce",
        "Send each line of standard input as a message",
        _TOPIC,
        Flag(
            ("property", "reader-property"),
            "How a line is read: parse.key=true, key.separator=:, parse.headers=true, …",
            repeat=True,
        ),
        Flag(
            ("producer-property", "command-property"),
            "Setting of the producer, as librdkafka calls it: linger.ms=100",
            repeat=True,
        ),
        example="produce --topic orders --property parse.key=true --property key.separator=:",
    ),
    _row(
        "consume",
        "consume",
        "Print messages as they come",
        _TOPIC,
        _switch("from-beginning", "Begin with the oldest message, not with the next one"),
        Flag(("max-messages",), "End after so many", metavar="n"),
        Flag(("timeout-ms",), "End when none has come for so long", metavar="ms"),
        Flag(("group",), "Read as a member of this consumer group, which remembers how far"),
        Flag(("partition",), "Read this partition only", metavar="n"),
        Flag(("offset",), "With --partition, where to begin: earliest, latest or a number"),
        Flag(
            ("isolation-level",),
            "Whether messages of open and aborted transactions are shown",
            default="read_uncommitted",
            choices=("read_uncommitted", "read_committed"),
        ),
        Flag(
            ("property", "formatter-property"),
            "What is printed: print.key=true, key.separator=:, print.timestamp=true, …",
            repeat=True,
        ),
        Flag(
            ("consumer-property", "command-property"),
            "Setting of the consumer, as librdkafka calls it: fetch.min.bytes=1000",
            repeat=True,
        ),
        example="consume --topic orders --from-beginning --property print.key=true",
    ),
    _row(
        "groups",
        "groups",
        "List, describe, reset and delete consumer groups",
        _switch("list", "List the groups"),
        _switch("describe", "Show how far a group has read, and who is in it"),
        _switch("delete", "Delete a group"),
        _switch("reset-offsets", "Put a group that nobody is in elsewhere"),
        Flag(("group",), "The consumer group", metavar="group", repeat=True),
        _switch("all-groups", "With --describe: every group"),
        Flag(("topic",), "With --reset-offsets: topic, or topic:0,1", repeat=True),
        _switch("all-topics", "With --reset-offsets: every topic that it has read"),
        _switch("to-earliest", "Before the oldest message"),
        _switch("to-latest", "Behind the newest message"),
        Flag(("to-offset",), "To this offset", metavar="n"),
        Flag(("shift-by",), "So many forward; back: --shift-by=-10", metavar="n"),
        Flag(("to-datetime",), "To the first message since then: 2026-11-30T06:00:00.000"),
        _switch("dry-run", "Show what would be done; so it is without --execute"),
        _switch("execute", "Do it"),
        example="groups --reset-offsets --group billing --topic orders --to-earliest --execute",
    ),
    _row(
        "stop",
        "lifecycle",
        "Stop a Kafka: no process is left; messages, address, user and password stay",
        QUIET,
    ),
    _row(
        "rm",
        "lifecycle",
        "Remove a Kafka with all its messages",
        QUIET,
        NO_PROMPT,
        example="rm --no-prompt",
    ),
)
