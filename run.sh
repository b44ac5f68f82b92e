#!/bin/sh
# One command from nothing to Kafka: sets itself up in .venv, then walks the tutorial.
#
#   ./run.sh [--quiet] [--cloud CLOUD]    walk it, or go on where it was interrupted
#   ./run.sh --kafka 3                    the same with another Kafka: 4, or 3 with ZooKeeper
#   ./run.sh --cloud microstack           the same on a real OpenStack, built first (as root)
#   ./run.sh --setup [dev]                only make .venv ready (dev: with the tools of the tests)
#   ./run.sh --teardown                   remove everything but the downloads
#   ./run.sh --purge                      remove the downloads too
#   ./run.sh --help                       show this
#
# It can be sourced as well (. run.sh): all is done in a subshell, so that the options, the
# directory and the traps of your shell stay what they are.
(
    set -eu
    exec </dev/null

    # Which file this is: sourced, $0 names the shell.
    script=$0
    if [ -n "${BASH_VERSION:-}" ]; then
        script=$BASH_SOURCE # shellcheck disable=SC3028
    elif [ -n "${ZSH_VERSION:-}" ]; then
        emulate sh
        eval 'script=${(%):-%x}'
    fi
    [ "${script##*/}" = run.sh ] || script=./run.sh # dash tells nobody what it sources
    [ "$script" = "$0" ] && sourced='' || sourced=yes
    CDPATH='' cd -P -- "$(dirname -- "$script")"
    if ! [ -f run.sh ] || ! [ -f requirements/run.txt ]; then
        echo "run.sh: $PWD is not the folder of kafkastack; cd there first" >&2
        exit 2
    fi
    unset PYTHONHOME PYTHONPATH
    quiet='' cloud='' kafka='' task=walk set=run
    system_certs='/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt
        /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem' # of Debian, Fedora, openSUSE, Alpine

    fail() { # exit code, what failed, what to type next
        printf 'ERROR %s\n%s\n' "$2" "$3" >&2
        exit "$1"
    }

    usage() {
        sed -n '2,/^($/{/^#/s/^# \{0,1\}//p;}' run.sh
    }

    say() {
        [ -n "$quiet" ] || printf '%s\n' "$*"
    }

    # --- .venv: made once, and made again when what it should hold has changed ---

    digest() { # of all that decides what a set of packages is
        case $1 in
            run) cat requirements/build.txt requirements/run.txt ;;
            dev) cat requirements/build.txt requirements/dev.txt ;;
        esac | cat - pyproject.toml | cksum
        pwd
    }

    is_ready() {
        [ -x .venv/bin/kafkastack ] && [ -f ".venv/ready-$1" ] &&
            [ "$(digest "$1")" = "$(cat ".venv/ready-$1")" ]
    }

    find_python() { # a Python >= 3.11, the plainest name first
        for name in python3 python3.14 python3.13 python3.12 python3.11; do
            if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
                command -v "$name"
                return
            fi
        done
        return 1
    }

    make_venv() {
        [ -w . ] || fail 3 "$PWD cannot be written, and .venv belongs there" \
            "copy the folder to one of yours: cp -r $PWD ~/kafkastack"
        python=$(find_python) || python=''
        if [ -n "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            say "Making .venv with $python"
            "$python" -m venv .venv
        elif command -v uv >/dev/null 2>&1; then
            say "Making .venv with uv"
            uv venv --quiet --allow-existing --python "${python:-3.11}" .venv
        elif [ -n "$python" ]; then
            fail 3 "$python lacks the module venv, and there is no uv" \
                "type: sudo apt install python3-venv"
        else
            fail 3 "there is no Python 3.11 or newer, and no uv" \
                "type: sudo apt install python3 python3-venv"
        fi
        : >.venv/made-by-run.sh
    }

    install() { # the packages of a set, all with their hashes; then kafkastack itself, as it stands
        if [ -x .venv/bin/pip ]; then
            pip='.venv/bin/python -m pip'
        elif uv=$(command -v uv || command -v .venv/bin/uv); then
            pip="$uv pip"
            export VIRTUAL_ENV="$PWD/.venv"
        else
            fail 3 ".venv has no pip, and there is no uv" "type: rm -r .venv, and ./run.sh again"
        fi
        say "Installing packages into .venv (once); the log is $PWD/.venv/install.log"
        : >.venv/install.log
        logged install --require-hashes \
            -r requirements/build.txt -r "requirements/$1.txt" || failed 4 \
            "the packages of kafkastack cannot be installed" \
            "check the network and the settings of pip (HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT)"
        logged install --quiet --no-deps --no-build-isolation --editable . || failed 1 \
            "kafkastack cannot be installed into .venv" "type: rm -r .venv, and ./run.sh again"
        digest "$1" >".venv/ready-$1"
    }

    logged() { # what pip is told; the log gets all that it says
        rm -f .venv/failed
        # shellcheck disable=SC2086
        { (trust_system && exec $pip "$@") 2>&1 || : >.venv/failed; } | progress
        [ ! -e .venv/failed ]
    }

    # shellcheck disable=SC2059 # what clears a line is part of the format
    progress() { # of the lines of pip: all into the log, a terminal shows one that changes
        shown='' count=0
        [ -n "$quiet" ] || ! [ -t 1 ] || shown='\r\033[K'
        while IFS= read -r line; do
            printf '%s\n' "$line" >>.venv/install.log
            case $line in
                Collecting\ *)
                    count=$((count + 1)) line=${line#Collecting }
                    [ -z "$shown" ] || printf "$shown%s: %s" "$count" "${line%%[ =;]*}"
                    ;;
                Installing\ collected*)
                    [ -z "$shown" ] || printf "$shown%s" "unpacking"
                    ;;
            esac
        done
        printf "$shown"
    }

    failed() { # likewise fail, after the end of the log
        rm -f .venv/failed
        tail -n 15 .venv/install.log >&2
        fail "$1" "$2" "$3; the log is $PWD/.venv/install.log"
    }

    trust_system() { # an older pip and uv have lists of their own, without a company's authority
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
        [ -z "${PIP_CERT:-}${REQUESTS_CA_BUNDLE:-}${CURL_CA_BUNDLE:-}" ] || return 0
        case $($pip config list 2>/dev/null) in *.cert=*) return 0 ;; esac
        for bundle in "${SSL_CERT_FILE:-}" $system_certs; do
            if [ -f "$bundle" ]; then
                export PIP_CERT="$bundle"
                return 0
            fi
        done
    }

    set_up() { # "dev" holds all that "run" does
        is_ready "$1" || { [ "$1" = run ] && is_ready dev; } && return
        exec 9<requirements/run.txt
        ! command -v flock >/dev/null || flock 9 # two at once take turns
        [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || make_venv
        is_ready "$1" || install "$1"
        exec 9<&-
    }

    # --- what can be asked ---

    needs_root() {
        [ "$(id -u)" = 0 ] || fail 3 "--cloud microstack builds an OpenStack, which needs root" \
            "type: sudo ./run.sh --cloud microstack"
    }

    walk() {
        export KAFKASTACK_GO_ON="./run.sh${kafka:+ --kafka $kafka}"
        [ "$cloud" != microstack ] || needs_root
        set_up run
        if [ "$cloud" = microstack ]; then
            KAFKASTACK_GO_ON="$KAFKASTACK_GO_ON --cloud microstack"
            .venv/bin/kafkastack tutorial run microstack ${quiet:+--quiet}
        fi
        .venv/bin/kafkastack tutorial run ${kafka:+--kafka "$kafka"} ${cloud:+--cloud "$cloud"} \
            ${quiet:+--quiet}
        say "
The command is   $PWD/.venv/bin/kafkastack
Python with confluent-kafka is   $PWD/.venv/bin/python
Remove everything with   ./run.sh --teardown"
    }

    remove() { # remove | purge
        set_up run
        .venv/bin/kafkastack tutorial "$1" ${quiet:+--quiet}
        [ -f .venv/made-by-run.sh ] || return 0
        find src charms -name __pycache__ -type d -prune -exec rm -rf {} +
        rm -rf .venv
    }

    while [ $# -gt 0 ]; do
        case $1 in
            -q | --quiet) quiet=yes ;;
            --cloud=*) cloud=${1#--cloud=} ;;
            --cloud)
                [ $# -gt 1 ] || fail 2 "--cloud needs the name of a cloud" "type: ./run.sh --help"
                cloud=$2
                shift
                ;;
            --kafka=*) kafka=${1#--kafka=} ;;
            --kafka)
                [ $# -gt 1 ] || fail 2 "--kafka needs a number: 3 or 4" "type: ./run.sh --help"
                kafka=$2
                shift
                ;;
            --setup) task=setup ;;
            dev) [ "$task" = setup ] && set=dev ;;
            --teardown) task=teardown ;;
            --purge) task=purge ;;
            -h | --help) task=help ;;
            *) # sourced without arguments, these are the ones of the caller
                [ -n "$sourced" ] || fail 2 "run.sh does not know $1" "type: ./run.sh --help"
                ;;
        esac
        shift
    done
    case $kafka in
        '' | 3 | 4) ;;
        *) fail 2 "there is no tutorial about Kafka \"$kafka\"" "there are: 3, 4" ;;
    esac
    case $task in
        help) usage ;;
        setup) set_up "$set" ;;
        walk) walk ;;
        teardown) remove remove ;;
        purge) remove purge ;;
    esac
)
