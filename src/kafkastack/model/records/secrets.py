"""Records of secrets, and of those who read them."""

from msgspec import Struct


class Secret(Struct, frozen=True):
    """A secret's metadata; times in seconds of the epoch, 0 when there is none."""

    id: str
    owner: str  # "kafka", "kafka/0", or "" for the model (a user secret)
    created: float
    updated: float
    revision: int = 1
    label: str = ""
    name: str = ""
    description: str = ""
    rotate: str = "never"
    rotates: float = 0.0
    expires: float = 0.0
    expired_told: float = 0.0  # the time of expiry that its owner was last told has come
    auto_prune: bool = False  # revisions that nobody tracks go by themselves

    @property
    def key(self) -> str:
        """The bare id."""
        return self.id


class SecretRevision(Struct, frozen=True):
    """One revision's content."""

    secret: str
    revision: int
    content: dict[str, str]
    created: float
    obsolete_told: bool = False  # the owner has been sent secret-remove

    @property
    def key(self) -> str:
        """Secret and revision."""
        return f"{self.secret}/{self.revision}"


class SecretConsumer(Struct, frozen=True):
    """What a unit tracks of a secret: revision and its own label."""

    secret: str
    unit: str
    revision: int  # 0 for none
    label: str = ""
    told: int = 0  # the newest revision it was told of by secret-changed

    @property
    def key(self) -> str:
        """Secret and consumer."""
        return f"{self.secret}/{self.unit}"


class SecretGrant(Struct, frozen=True):
    """Who else may read a secret: an application or unit, while the relation lives."""

    secret: str
    target: str
    relation: int = -1  # -1: not bound to a relation (user secrets)

    @property
    def key(self) -> str:
        """Secret, target and relation."""
        return f"{self.secret}/{self.target}/{self.relation}"
