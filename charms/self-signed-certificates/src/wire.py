"""Wire format of the databags of tls-certificates and certificate_transfer.

The provider class of `charmlibs-interfaces-tls-certificates` ignores every request of a unit as
soon as one entry lacks `ca`, which the first version of the interface allows (kafka-test-app
writes such entries). So requests are read here, and each databag is written as one whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.databag import Refusal

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


class _Entry(NamedTuple):
    certificate_signing_request: databag.Text
    ca: bool = False


class _Requests(NamedTuple):
    certificate_signing_requests: tuple[_Entry, ...] = ()


class _IssuedEntry(NamedTuple):
    certificate_signing_request: databag.Text
    certificate: databag.Text
    ca: databag.Text


class _Certificates(NamedTuple):
    certificates: tuple[_IssuedEntry, ...] = ()


def read_requests(bag: Mapping[str, str]) -> list[Request] | Refusal:
    """Return the requests of a unit or an application, whatever version of the interface."""
    read = databag.read(bag, _Requests)
    if isinstance(read, Refusal):
        return read
    found = (Request(*entry) for entry in read.certificate_signing_requests)
    return list(dict.fromkeys(found))


def read_issued(bag: Mapping[str, str]) -> list[Issued]:
    """Return the certificates that stand in our own databag; what is damaged is signed anew."""
    read = databag.read(bag, _Certificates)
    if isinstance(read, Refusal):
        return []
    return [Issued(*entry) for entry in read.certificates]


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
