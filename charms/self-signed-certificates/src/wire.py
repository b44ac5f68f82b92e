"""What stands in the databags of tls-certificates and certificate_transfer.

The provider class of `charmlibs-interfaces-tls-certificates` ignores every request of a unit as
soon as one entry lacks `ca`, which the first version of the interface allows (kafka-test-app
writes such entries). So requests are read here, and each databag is written as one whole.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

logger = logging.getLogger(__name__)

# The interface numbers its errors; 999 is for all that has no number of its own.
OTHER_ERROR = {"code": 999, "name": "OTHER"}


class Request(NamedTuple):
    """A certificate signing request as it was written, and whether it wants a CA."""

    csr: str
    is_ca: bool = False


class Issued(NamedTuple):
    """A certificate, for which request and by which authority; all PEM."""

    csr: str
    certificate: str
    ca: str


class Refused(NamedTuple):
    """A request that cannot be followed, and why."""

    csr: str
    message: str


def read_requests(databag: Mapping[str, str]) -> list[Request]:
    """Return the requests of a unit or an application, whatever version of the interface."""
    entries = _load_list(databag.get("certificate_signing_requests", "[]"))
    return [
        Request(entry["certificate_signing_request"], bool(entry.get("ca")))
        for entry in entries
        if isinstance(entry.get("certificate_signing_request"), str)
    ]


def read_issued(databag: Mapping[str, str]) -> list[Issued]:
    """Return the certificates that stand in our own databag."""
    return [
        Issued(entry["certificate_signing_request"], entry["certificate"], entry["ca"])
        for entry in _load_list(databag.get("certificates", "[]"))
    ]


def write_answers(answers: Sequence[Issued | Refused]) -> dict[str, str]:
    """Return our databag; "" removes a key."""
    issued = [_dump_issued(answer) for answer in answers if isinstance(answer, Issued)]
    refused = [
        {"csr": answer.csr, "error": {**OTHER_ERROR, "message": answer.message}}
        for answer in answers
        if isinstance(answer, Refused)
    ]
    return {
        "certificates": json.dumps(issued) if issued else "",
        "request_errors": json.dumps(refused) if refused else "",
    }


def write_trusted(certificates: Sequence[str]) -> dict[str, str]:
    """Return our databag of certificate_transfer, version 1."""
    return {"certificates": json.dumps(certificates), "version": "1"}


def report_issued(certificates: Sequence[Issued]) -> str:
    """Return the JSON list that `get-issued-certificates` shows."""
    entries = [_dump_issued(certificate) for certificate in certificates]
    return json.dumps(
        [
            {"csr": entry.pop("certificate_signing_request"), **entry, "revoked": False}
            for entry in entries
        ]
    )


def _dump_issued(issued: Issued) -> dict[str, Any]:
    return {
        "ca": issued.ca,
        "certificate_signing_request": issued.csr,
        "certificate": issued.certificate,
        "chain": [issued.certificate, issued.ca],
    }


def _load_list(text: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(text)
    except ValueError:
        logger.warning("a related application has written something that is not JSON: %r", text)
        return []
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]  # pyright: ignore[reportUnknownVariableType]
