"""Wire format of the databags of tls-certificates and certificate_transfer.

The provider class of `charmlibs-interfaces-tls-certificates` ignores every request of a unit as
soon as one entry lacks `ca`, which the first version of the interface allows (kafka-test-app
writes such entries). So requests are read here, and each databag is written as one whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kafkastack_charms import databag
from kafkastack_charms.databag import Refusal

# The interface numbers its errors; 999 is for all that has no number of its own.
OTHER_ERROR = {"code": 999, "name": "OTHER"}
# Characters of JSON in our databag, which requirers read up to databag.MAX_CHARACTERS.
MAX_ERRORS = 2**17
MAX_ISSUED = databag.MAX_CHARACTERS - 2 * MAX_ERRORS


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
    read = databag.read_own(bag, _Certificates)
    if isinstance(read, Refusal):
        return []
    return [Issued(*entry) for entry in read.certificates]


def write_answers(answers: Sequence[Issued | Refused]) -> dict[str, str]:
    """Return our databag; "" removes a key."""
    issued = [_dump_issued(answer) for answer in answers if isinstance(answer, Issued)]
    errors = (_dump_refused(answer) for answer in answers if isinstance(answer, Refused))
    refused = list(_keep_first(errors, MAX_ERRORS))
    return {
        "certificates": json.dumps(issued) if issued else "",
        "request_errors": json.dumps(refused) if refused else "",
    }


def measure(issued: Issued) -> int:
    """Return how many characters a certificate takes in our databag."""
    return len(json.dumps(_dump_issued(issued)))


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


def _keep_first(errors: Iterable[dict[str, Any]], room: int) -> Iterator[dict[str, Any]]:
    """Yield the errors that there is room for; the status counts the others."""
    for error in errors:
        room -= len(json.dumps(error))
        if room < 0:
            return
        yield error


def _dump_refused(refused: Refused) -> dict[str, Any]:
    return {"csr": refused.csr, "error": {**OTHER_ERROR, "message": refused.message}}


def _dump_issued(issued: Issued) -> dict[str, Any]:
    return {
        "ca": issued.ca,
        "certificate_signing_request": issued.csr,
        "certificate": issued.certificate,
        "chain": [issued.certificate, issued.ca],
    }
