"""Target of a charm's packages: a Python on a platform, and the markers as they hold there."""

from msgspec import Struct

from kafkastack.errors import KafkastackError


class Target(Struct, frozen=True):
    """A CPython of Linux: its whole version ("3.11.7") and its machine's architecture."""

    version: str
    machine: str = "x86_64"

    @property
    def minor(self) -> str:
        """The version as folders are named after it ("3.11")."""
        return ".".join(self.version.split(".")[:2])

    def applies(self, marker: str, extra: str = "") -> bool:
        """Report whether a requirement with this marker is one here."""
        if not marker:
            return True
        from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

        try:
            return Marker(marker).evaluate({**self._facts(), "extra": extra})
        except (ValueError, UndefinedComparison, UndefinedEnvironmentName) as error:
            raise KafkastackError(
                f'the marker "{marker[:200]}" cannot be read', "lock the charm again"
            ) from error

    def _facts(self) -> dict[str, str]:
        return {
            "implementation_name": "cpython",
            "implementation_version": self.version,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.version,
            "python_version": self.minor,
            "sys_platform": "linux",
        }
