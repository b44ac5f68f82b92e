"""Every error a person can meet, with its exit code.

KafkastackError            1   something failed; the message says what and what to type next
├── UsageError             2   the command line itself is wrong
├── NotFoundError          1   a model, application, unit, charm … that is not there
├── ConflictError          1   it is there already, or two things do not fit
├── UnsupportedError       1   Juju does it, we do not; what works instead is named
├── PreflightError         3   this machine lacks something, or somebody else holds it
│   └── CloudAwayError     3   a cloud cannot be asked now: it, or the way to it, is gone
├── DownloadError          4   a registry or the network failed, or a file was tampered with
├── TimeoutExceededError   5   waited, and a condition was still missing
└── ControllerError        6   the controller cannot be reached or is of another version
"""


class KafkastackError(Exception):
    """An error with a message for a person; `advice` is the next command to type."""

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(KafkastackError):
    """The command line cannot be understood."""

    exit_code = 2


class NotFoundError(KafkastackError):
    """Something named by the user or a charm does not exist."""


class ConflictError(KafkastackError):
    """Something exists already, or two things do not fit together."""


class UnsupportedError(KafkastackError):
    """Juju does this, we do not."""


class PreflightError(KafkastackError):
    """The machine lacks something that the work needs, or somebody else holds it."""

    exit_code = 3


class CloudAwayError(PreflightError):
    """A cloud cannot be asked now, which says nothing of its machines."""


class DownloadError(KafkastackError):
    """A download failed or its bytes are not the locked ones."""

    exit_code = 4


class TimeoutExceededError(KafkastackError):
    """A wait ended with its condition still missing."""

    exit_code = 5


class ControllerError(KafkastackError):
    """The controller cannot be reached, or speaks another version."""

    exit_code = 6


class EndedError(ControllerError):
    """The controller ended while it did what it was asked; nobody knows how far it came."""


EXIT_CODES: dict[int, type[KafkastackError]] = {
    error.exit_code: error
    for error in (
        KafkastackError,
        UsageError,
        PreflightError,
        DownloadError,
        TimeoutExceededError,
        ControllerError,
    )
}
