"""Root certificate: made, judged and used, with no Juju in sight."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from charmlibs.interfaces.tls_certificates import (
    Certificate,
    CertificateRequestAttributes,
    CertificateSigningRequest,
    PrivateKey,
)
from options import SUBJECT_OPTIONS, Options


class Root(NamedTuple):
    """The private key and the certificate of the authority."""

    key: PrivateKey
    certificate: Certificate

    @classmethod
    def create(cls, options: Options) -> Root:
        """Make a new key and a certificate with the subject and validity of the options."""
        key = PrivateKey.generate()
        attributes = CertificateRequestAttributes(
            common_name=options.subject["common_name"],
            organization=options.subject.get("organization"),
            organizational_unit=options.subject.get("organizational_unit"),
            email_address=options.subject.get("email_address"),
            country_name=options.subject.get("country_name"),
            state_or_province_name=options.subject.get("state_or_province_name"),
            locality_name=options.subject.get("locality_name"),
            is_ca=True,
            add_unique_id_to_subject_name=False,
        )
        certificate = Certificate.generate_self_signed_ca(attributes, key, options.root_validity)
        return cls(key, certificate)

    @classmethod
    def from_content(cls, content: dict[str, str]) -> Root:
        """Read what `to_content` has written into a secret."""
        key = PrivateKey.from_string(content["private-key"])
        return cls(key, Certificate.from_string(content["ca-certificate"]))

    def to_content(self) -> dict[str, str]:
        """Return the content of a secret."""
        return {"private-key": str(self.key), "ca-certificate": str(self.certificate)}

    def fits(self, options: Options) -> bool:
        """Report whether the options would make a root of the same subject and validity."""
        subject = {
            name: getattr(self.certificate, name)
            for name in SUBJECT_OPTIONS.values()
            if getattr(self.certificate, name)
        }
        return subject == options.subject and self._lasts(options.root_validity)

    def must_be_renewed(self, now: datetime, options: Options) -> bool:
        """Report whether a certificate signed now would outlive the root."""
        return now + options.certificate_validity > self.certificate.expiry_time

    def has_expired(self, now: datetime) -> bool:
        """Report whether nothing signed by this root can still be valid."""
        return now >= self.certificate.expiry_time

    def sign(
        self, request: CertificateSigningRequest, is_ca: bool, validity: timedelta
    ) -> Certificate:
        """Sign a request; its alternative names are kept."""
        return Certificate.generate(request, self.certificate, self.key, validity, is_ca)

    def _lasts(self, validity: timedelta) -> bool:
        made = self.certificate.expiry_time - self.certificate.validity_start_time
        # The two ends are stamped one after the other: they can differ by a second.
        return abs(made - validity) <= timedelta(seconds=2)
