"""CAs that a machine is to trust beside its own: those of this host, kept up to date."""

import hashlib
from collections.abc import Iterator, Sequence

# Told are the names and contents of all; what the stamp names is in the machine's store already.
_SCRIPT = """\
stamp=/var/lib/juju/cas
wanted=$1
shift
[ "$(cat $stamp 2> /dev/null)" != "$wanted" ] || exit 0
if command -v update-ca-certificates > /dev/null; then
    folder=/usr/local/share/ca-certificates update=update-ca-certificates
elif command -v update-ca-trust > /dev/null; then
    folder=/etc/pki/ca-trust/source/anchors update=update-ca-trust
else
    exit 0
fi
mkdir -p "$folder" /var/lib/juju
before=$(cd "$folder" && ls kafkastack-*.crt 2> /dev/null || :)
rm -f "$folder"/kafkastack-*.crt
while [ $# -gt 0 ]; do
    printf %s "$2" > "$folder/kafkastack-$1.crt"
    shift 2
done
$update > /dev/null
# Debian tells the store of Java what was added, but of what somebody took away nothing.
removed() {
    for name in $before; do
        [ -e "$folder/$name" ] || echo "-/etc/ssl/certs/${name%.crt}.pem"
    done
}
if [ -n "$(removed)" ]; then
    for hook in /etc/ca-certificates/update.d/*; do
        [ ! -x "$hook" ] || removed | "$hook" > /dev/null
    done
fi
echo "$wanted" > $stamp
"""


def trusting(cas: Sequence[str]) -> tuple[str, ...]:
    """Return the command that lets a machine trust these (PEM), and none that it was told before.

    A machine that has no store, or has them in it, is left as it is.
    """
    named = list(_named(cas))
    wanted = _digest("".join(name for name, _ in named)) if named else ""
    words = (word for pair in named for word in pair)
    return ("sh", "-ec", _SCRIPT, "trust", wanted, *words)


def _named(cas: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in cas:
        yield _digest(text), text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
