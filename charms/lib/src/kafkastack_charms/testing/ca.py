"""CA of a test: it signs what units ask for, the same request the same way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from charmlibs.interfaces import tls_certificates as certs


class CA:
    """Signs what units ask for."""

    def __init__(self) -> None:
        self.key = certs.PrivateKey.generate(key_algorithm="ecdsa")
        attributes = certs.CertificateRequestAttributes(
            common_name="Test CA",  # the same for another one, as of a CA that is renewed
            is_ca=True,
            add_unique_id_to_subject_name=False,
        )
        self.root = certs.Certificate.generate_self_signed_ca(
            attributes=attributes, private_key=self.key, validity=timedelta(days=30)
        )
        self.signed: dict[str, dict[str, Any]] = {}

    def answer(self, requests: str) -> list[dict[str, Any]]:
        """Sign what a databag asks for; return what the other side's is to say."""
        texts = [entry["certificate_signing_request"] for entry in json.loads(requests)]
        for text in texts:
            self.signed.setdefault(text, self._sign(text))
        return [self.signed[text] for text in texts]

    def _sign(self, text: str) -> dict[str, Any]:
        request = certs.CertificateSigningRequest.from_string(text)
        signed = request.sign(self.root, self.key, timedelta(days=20), is_ca=False)
        return {
            "ca": str(self.root),
            "certificate_signing_request": text,
            "certificate": str(signed),
            "chain": [str(signed), str(self.root)],
        }
