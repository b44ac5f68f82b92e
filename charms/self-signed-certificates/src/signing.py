"""Signing of certificate requests: each one kept, signed anew or refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from authority import Root
from charmlibs.interfaces.tls_certificates import (
    Certificate,
    CertificateSigningRequest,
)
from kafkastack_charms.databag import show
from options import Options
from wire import MAX_ISSUED, Issued, Refused, Request, measure

OVER_LIMIT = (
    "the limit of {limit} certificates for one relation is reached:"
    " raise certificate-limit of self-signed-certificates"
)
NO_ROOM = "the certificates of one relation have more than {limit} characters"


def answer_requests(
    requests: Sequence[Request],
    present: Iterable[Issued],
    root: Root,
    options: Options,
    now: datetime,
) -> list[Issued | Refused]:
    """Return one answer for each request of one relation.

    A certificate that is in force and of the present root stays as it is, so nothing changes
    for a requirer until the root does.
    """
    in_force = {issued.csr: issued for issued in present if _is_in_force(issued, root, now)}
    known = [request for request in requests if request.csr in in_force]
    fresh = [request for request in requests if request.csr not in in_force]
    room = len(requests) if options.limit is None else max(options.limit - len(known), 0)
    space = MAX_ISSUED - sum(measure(in_force[request.csr]) for request in known)
    return [
        *(in_force[request.csr] for request in known),
        *_sign_all(fresh[:room], root, options, space),
        *(
            Refused(request.csr, OVER_LIMIT.format(limit=options.limit))
            for request in fresh[room:]
        ),
    ]


def _is_in_force(issued: Issued, root: Root, now: datetime) -> bool:
    if issued.ca != str(root.certificate):
        return False
    return Certificate.from_string(issued.certificate).expiry_time > now


def _sign_all(
    requests: Iterable[Request], root: Root, options: Options, space: int
) -> Iterator[Issued | Refused]:
    """Sign requests as long as there is space for them in the databag."""
    for request in requests:
        if space <= 0:
            yield Refused(request.csr, NO_ROOM.format(limit=MAX_ISSUED))
            continue
        answer = _sign(request, root, options)
        space -= measure(answer) if isinstance(answer, Issued) else 0
        yield answer if space >= 0 else Refused(request.csr, NO_ROOM.format(limit=MAX_ISSUED))


def _sign(request: Request, root: Root, options: Options) -> Issued | Refused:
    try:
        csr = CertificateSigningRequest.from_string(request.csr)
        certificate = root.sign(csr, request.is_ca, options.certificate_validity)
    except Exception as error:
        # What a stranger's request makes the parser raise has no common ancestor: bad versions,
        # doubled extensions, unknown keys.
        reason = show(str(error), limit=200)
        return Refused(request.csr, f"this request cannot be signed: {reason}")
    return Issued(request.csr, str(certificate), str(root.certificate))
