"""Servers that are started once so that the JVM can archive their classes: ours, in small."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

LOGGING = "logging.properties"
CONFIG = "server.properties"
KEYSTORE, TRUSTSTORE = "keystore.pem", "truststore.pem"
PORTS = ("zookeeper", "quorum", "election", "broker", "client")
Program = tuple[str, ...]  # main class and arguments


class Server(Struct, frozen=True):
    """A server to start: its files, what it says when it has started, what is asked of it.

    In every text `{folder}` is the server's own folder, `{address}` where it listens, and each
    name of PORTS a free port. Where its CONFIG names KEYSTORE, it lies in the folder, with
    TRUSTSTORE.
    """

    jar: str
    main: str
    files: Mapping[str, str]  # by name, CONFIG and LOGGING among them
    ready: str
    logging_property: str = "log4j.configuration"
    flags: tuple[str, ...] = ()
    before: tuple[Program, ...] = ()
    exercises: tuple[Program, ...] = ()

    def filled(self, values: Mapping[str, str]) -> "Server":
        """Return the same server with values in place of their names."""

        def fill(words: Program) -> Program:
            return tuple(word.format(**values) for word in words)

        return replace(
            self,
            files={name: text.format(**values) for name, text in self.files.items()},
            flags=fill(self.flags),
            before=tuple(map(fill, self.before)),
            exercises=tuple(map(fill, self.exercises)),
        )


_LOG4J = """log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File={folder}/server.log
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.logger.kafkastack=INFO, file
"""
_LOG4J2 = """appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={folder}/server.log
appender.file.filePattern={folder}/server.log.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d] %p %m (%c)%n
appender.file.policies.type=SizeBasedTriggeringPolicy
appender.file.policies.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
rootLogger.appenderRef.file.ref=file
"""
_LOGIN = "-Djava.security.auth.login.config={folder}/jaas.conf"
# The words protect nothing: these servers live for seconds, on loopback, and hold nothing.
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"
_AS_ADMIN = f'{_SCRAM} username="admin" password="training";'
_DIGEST = "org.apache.zookeeper.server.auth.DigestLoginModule required"

# As the charm starts it: a quorum of one, which asks everybody who they are.
_ZOOKEEPER_FILES = {
    LOGGING: _LOG4J,
    "jaas.conf": f"""Server {{{{ {_DIGEST} user_broker="training"; }}}};
QuorumServer {{{{ {_DIGEST} user_member="training"; }}}};
QuorumLearner {{{{ {_DIGEST} username="member" password="training"; }}}};
""",
    "myid": "1",
    "members": "server.1={address}:{quorum}:{election}:participant\n",
    CONFIG: """dataDir={folder}
dynamicConfigFile={folder}/members
clientPortAddress={address}
clientPort={zookeeper}
standaloneEnabled=false
reconfigEnabled=true
admin.enableServer=false
4lw.commands.whitelist=srvr,ruok
tickTime=2000
initLimit=5
syncLimit=2
authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
enforce.auth.enabled=true
enforce.auth.schemes=sasl
quorum.auth.enableSasl=true
quorum.auth.learnerRequireSasl=true
quorum.auth.serverRequireSasl=true
""",
}
_LISTENERS = "INTERNAL://{address}:{broker},CLIENT://{address}:{client}"
_PROTOCOLS = "INTERNAL:SASL_PLAINTEXT,CLIENT:SASL_PLAINTEXT"
_BROKER = """log.dirs={folder}/data
inter.broker.listener.name=INTERNAL
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.enabled.mechanisms=SCRAM-SHA-512
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
""" + "".join(
    f"listener.name.{name}.scram-sha-512.sasl.jaas.config={_AS_ADMIN}\n"
    for name in ("internal", "client")
)
_CLIENT = f"""security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config={_AS_ADMIN}
"""
_BROKER_FILES = {
    LOGGING: _LOG4J,
    "client.properties": _CLIENT,
    "jaas.conf": f"""Client {{{{ {_DIGEST} username="broker" password="training"; }}}};\n""",
    CONFIG: _BROKER
    + f"""broker.id=0
listeners={_LISTENERS}
listener.security.protocol.map={_PROTOCOLS}
zookeeper.connect={{address}}:{{zookeeper}}
zookeeper.set.acl=true
authorizer.class.name=kafka.security.authorizer.AclAuthorizer
super.users=User:admin
""",
}
_STORES = f"""ssl.keystore.type=PEM
ssl.keystore.location={{folder}}/{KEYSTORE}
ssl.truststore.type=PEM
ssl.truststore.location={{folder}}/{TRUSTSTORE}
"""
_NODE_FILES = {
    LOGGING: _LOG4J2,
    "client.properties": _CLIENT,
    "internal.properties": _CLIENT.replace("PLAINTEXT", "SSL") + _STORES,
    CONFIG: _BROKER
    + _STORES
    + f"""node.id=0
process.roles=broker,controller
controller.quorum.bootstrap.servers={{address}}:{{quorum}}
controller.listener.names=CONTROLLER
listeners={_LISTENERS},CONTROLLER://{{address}}:{{quorum}}
listener.security.protocol.map=INTERNAL:SASL_SSL,CLIENT:SASL_PLAINTEXT,CONTROLLER:SSL
listener.name.controller.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:CN=training
""",
}
_USER = "SCRAM-SHA-512=[password=training]"
_ADD_USER = ("--alter", "--entity-type", "users", "--add-config", _USER, "--entity-name")
_CLIENT_FILE = "{folder}/client.properties"
_AT = ("--bootstrap-server", "{address}:{client}", "--command-config", _CLIENT_FILE)
_INTERNAL_FILE = "{folder}/internal.properties"
_INSIDE = ("--bootstrap-server", "{address}:{broker}", "--command-config", _INTERNAL_FILE)
_ADD_RULE = ("--add", "--allow-principal", "User:one", "--operation", "All", "--topic", "one")
_PRODUCE = (
    ("org.apache.kafka.tools.TopicCommand", *_AT, "--create", "--topic", "one"),
    (
        *("org.apache.kafka.tools.ProducerPerformance", "--topic", "two", "--num-records", "10"),
        *("--record-size", "100", "--throughput", "-1", "--producer.config", _CLIENT_FILE),
        *("--producer-props", "bootstrap.servers={address}:{client}"),
    ),
)

# What is started for the archives of a distribution, one server after the other.
SERVERS: Mapping[str, tuple[Server, ...]] = {
    "kafka-3.9.2": (
        Server(
            "zookeeper",
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            _ZOOKEEPER_FILES,
            "PrepRequestProcessor (sid:1) started",
            flags=(_LOGIN,),
        ),
        Server(
            "kafka",
            "kafka.Kafka",
            _BROKER_FILES,
            "started (kafka.server.KafkaServer)",
            flags=(_LOGIN, "-Dzookeeper.sasl.client.canonicalize.hostname=false"),
            before=(
                (
                    "kafka.admin.ConfigCommand",
                    *("--zookeeper", "{address}:{zookeeper}", *_ADD_USER, "admin"),
                ),
            ),
            exercises=(
                ("kafka.admin.ConfigCommand", *_AT, *_ADD_USER, "one"),
                ("kafka.admin.AclCommand", *_AT, *_ADD_RULE),
                *_PRODUCE,
            ),
        ),
    ),
    "kafka-4.3.1": (
        Server(
            "kafka",
            "kafka.Kafka",
            _NODE_FILES,
            "Kafka Server started (kafka.server.KafkaRaftServer)",
            logging_property="log4j2.configurationFile",
            before=(
                (
                    *("kafka.tools.StorageTool", "format", "--standalone", "--cluster-id"),
                    *("a2Fma2FzdGFjay1hcmNoaQ", "--config", "{folder}/" + CONFIG),
                    *("--add-scram", "SCRAM-SHA-512=[name=admin,password=training]"),
                ),
            ),
            exercises=(
                ("kafka.admin.ConfigCommand", *_INSIDE, *_ADD_USER, "one"),
                ("org.apache.kafka.tools.AclCommand", *_INSIDE, *_ADD_RULE),
                *_PRODUCE,
            ),
        ),
    ),
}
