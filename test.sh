#!/bin/sh
# Sets itself up, then runs every test that fits ten minutes on two cores, on all of them.
#
#   ./test.sh                 everything but the tests marked slow
#   ./test.sh --all           these too, as .ci/run does
#   ./test.sh tests/unit -k X what pytest is to do instead
set -eu
CDPATH='' cd -P -- "$(dirname -- "$0")"
[ "${1-}" != --help ] || { sed -n '2,/^set/{s/^# \{0,1\}//p;}' test.sh && exit; }

./run.sh --setup dev --quiet
case ${1-} in
    '') set -- -n auto -m 'not slow' ;;
    --all) shift && set -- -n auto "$@" ;;
esac
exec .venv/bin/python -m pytest "$@"
