"""Options of this charm: track 3 writes their names with underscores."""

from __future__ import annotations

from kafkastack_charms.kafka.options import ROWS, Form, Row, Scope

FORM = Form({**ROWS, "zookeeper.ssl.cipher.suites": Row(Scope.READ_ONLY)}, mark="_")
