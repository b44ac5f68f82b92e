"""The requirer of tls-certificates for an authority that may have written anything.

The library parses the authority's databag as one whole and lets exceptions out, so that one
entry that is no certificate puts every unit into error. Here each entry is read by itself: one
that cannot be used is left out and named. Importing this costs more than a quiet hook: do it
where there is a relation.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from charmlibs.interfaces import tls_certificates as tls

from kafkastack_charms import chain, databag

logger = logging.getLogger(__name__)


class _Databag(NamedTuple):
    certificates: tuple[Any, ...] = ()
    request_errors: tuple[Any, ...] = ()


class _Certificate(NamedTuple):
    certificate: databag.Text
    certificate_signing_request: databag.Text
    ca: databag.Text
    chain: tuple[databag.Text, ...] = ()
    revoked: bool | None = None


class _Error(NamedTuple):
    code: int
    name: str
    message: databag.Text
    reason: databag.Text | None = None
    provider: str | None = None
    endpoint: str | None = None


class _RequestError(NamedTuple):
    csr: databag.Text
    error: _Error


class CarefulRequirer(tls.TLSCertificatesRequiresV4):
    """The library's requirer, which leaves out what cannot be used."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What the authority has written that cannot be used."""
        read = self._read
        faults = [read.reason] if isinstance(read, databag.Refusal) else []
        return (*faults, *(what for what in self._certificates if isinstance(what, str)))

    @cached_property
    def _read(self) -> _Databag | databag.Refusal:
        relation = self.model.get_relation(self.relationship_name)
        if relation is None or not relation.app:
            return _Databag()
        return databag.read(relation.data[relation.app], _Databag)

    @cached_property
    def _certificates(self) -> tuple[tls.ProviderCertificate | str, ...]:
        if isinstance(self._read, databag.Refusal):
            return ()
        entries = enumerate(self._read.certificates)
        return tuple(self._read_certificate(e, f"certificates[{n}]") for n, e in entries)

    def _read_certificate(self, value: object, where: str) -> tls.ProviderCertificate | str:
        entry = databag.read_entry(value, _Certificate, where)
        if isinstance(entry, databag.Refusal):
            return entry.reason
        try:
            fault = chain.find_fault(
                entry.certificate_signing_request, entry.certificate, entry.chain, entry.ca
            )
            return f"{where} {fault}" if fault else self._make_certificate(entry)
        except Exception as error:
            # The parser's exceptions have no common ancestor: bad versions, doubled extensions,
            # unknown algorithms, lengths that overflow.
            logger.warning("%s is left out: %s", where, databag.show(str(error), limit=200))
            return f"{where} is no certificate"

    def _make_certificate(self, entry: _Certificate) -> tls.ProviderCertificate:
        relation = self.model.get_relation(self.relationship_name)
        made = tls.ProviderCertificate(
            relation_id=relation.id if relation else -1,
            certificate=tls.Certificate.from_string(entry.certificate),
            certificate_signing_request=tls.CertificateSigningRequest.from_string(
                entry.certificate_signing_request
            ),
            ca=tls.Certificate.from_string(entry.ca),
            chain=[tls.Certificate.from_string(link) for link in entry.chain],
            revoked=entry.revoked,
        )
        # What the library asks of a certificate later is asked here first, as it may raise.
        for certificate in (made.certificate, made.ca, *made.chain):
            _ = (certificate.is_ca, certificate.expiry_time, str(certificate))
        return made

    def get_provider_certificates(self) -> list[tls.ProviderCertificate]:
        """Return the certificates that can be used."""
        return [what for what in self._certificates if not isinstance(what, str)]

    def get_request_errors(self) -> list[tls.ProviderCertificateError]:
        """Return the refusals that can be read."""
        return list(self._read_errors())

    def _load_provider_certificate_errors(self) -> list[tls.ProviderCertificateError]:
        return self.get_request_errors()

    def get_provider_capabilities(self) -> None:
        """Return nothing: what an authority can do is not asked here."""
        return

    def _read_errors(self) -> Iterator[tls.ProviderCertificateError]:
        relation = self.model.get_relation(self.relationship_name)
        if relation is None or isinstance(self._read, databag.Refusal):
            return
        for value in self._read.request_errors:
            entry = databag.read_entry(value, _RequestError, "request_errors")
            if isinstance(entry, databag.Refusal):
                continue
            try:
                csr = tls.CertificateSigningRequest.from_string(entry.csr)
            except Exception as error:
                logger.warning("a refusal is left out: %s", databag.show(str(error), limit=200))
                continue
            known = tls.CertificateError(**entry.error._asdict())
            yield tls.ProviderCertificateError(relation.id, csr, known)
