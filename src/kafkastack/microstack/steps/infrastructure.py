"""Database, messages, TLS and the hypervisor's daemon: what OpenStack itself stands on."""

from kafkastack.microstack import certificates
from kafkastack.microstack.cloud import Cloud
from kafkastack.microstack.configuration import cells_sql, sql
from kafkastack.microstack.step import Step

_NEEDED = ("configuration",)


def steps() -> list[Step]:
    """Return them."""
    return [
        Step(
            "mariadb-data",
            "make the database's folder",
            _install_mariadb,
            _NEEDED,
            lasts=True,
        ),
        daemon("mariadb", "mariadb-data"),
        Step("databases", "make databases and their users", _databases, ["mariadb"], lasts=True),
        daemon("rabbitmq", "rabbitmq-data"),
        Step("rabbitmq-data", "make RabbitMQ's folder", _rabbitmq_data, _NEEDED, lasts=True),
        Step("certificates", "make the cloud's certificates", _certificates, _NEEDED, lasts=True),
        daemon("haproxy", "certificates"),
        daemon("libvirtd", "configuration"),
    ]


def daemon(name: str, *needs: str) -> Step:
    """Return the step that starts a daemon."""
    return Step(
        name,
        f"start {name}",
        lambda cloud: cloud.start(name),
        needs,
        is_done=lambda cloud: cloud.serves(name),
        log=name,
    )


def _install_mariadb(cloud: Cloud) -> None:
    cloud.inside.run("sh", "-c", "rm -rf /var/lib/mysql/*; chown mysql: /var/lib/mysql")
    cloud.inside.run(
        "mariadb-install-db",
        "--defaults-file=/etc/mysql/microstack.cnf",
        "--auth-root-authentication-method=socket",
        "--skip-test-db",
        "--user=mysql",
        log="mariadb",
    )


def _databases(cloud: Cloud) -> None:
    cloud.sql(sql(cloud.secrets))


def tell_cells(cloud: Cloud) -> None:
    """Tell Nova of its cells."""
    cloud.sql(cells_sql(cloud.secrets))


def _rabbitmq_data(cloud: Cloud) -> None:
    cloud.inside.run("sh", "-c", "rm -rf /var/lib/rabbitmq/*; chown rabbitmq: /var/lib/rabbitmq")


def _certificates(cloud: Cloud) -> None:
    made = certificates.make(cloud.settings.address)
    for path, text, mode in (
        ("/etc/haproxy/microstack.pem", made.certificate + made.key, 0o600),
        ("/etc/ssl/microstack-ca.pem", made.authority, 0o644),
    ):
        cloud.put(path, text, mode)
    (cloud.settings.state / "ca.pem").write_text(made.authority)
