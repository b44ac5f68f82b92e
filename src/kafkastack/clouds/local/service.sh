#!/bin/sh
# service DIR SECONDS AGAIN: run DIR/run as the one holder of DIR/lock, or stand in for its holder.
#
# The workload inherits the locked descriptor, so the lock is held exactly as long as the workload
# or a child of it lives: no file can be stale. A child in a group of its own lets the number of the
# workload be given to somebody else, so whom it means is asked before it is signalled. Who stands in stops the
# holder within SECONDS when asked to, and runs DIR/run when the holder has ended and AGAIN is yes.
dir=$1 seconds=$2 again=$3 holder= waiter=
umask 077
# Descriptor 8 keeps supervisord's pipe to our stdin whole: a broken one would make it spin.
exec 8<&0 9>>"$dir/lock" </dev/null >>"$dir/out.log" 2>&1

is_ours() {
    grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null || return 0
    for fd in "/proc/$1/fd"/*; do [ "$fd" -ef "$dir/lock" ] && return 0; done
    return 1
}
signal_group() { pid=$(cat "$dir/pid") && is_ours "$pid" && kill -s "$1" -- "-$pid" 2>/dev/null; }
is_running() {
    pid=$(cat "$dir/pid" 2>/dev/null) && is_ours "$pid" &&
        grep -q '^State:.[^ZX]' "/proc/$pid/status" 2>/dev/null
}

end_group() {
    signal_group TERM
    flock -w "$seconds" 9 || { signal_group KILL; flock -w 2 9; }
}

stop() {
    trap '' TERM INT
    exec 2>/dev/null # the log is the workload's: no "Terminated" of ours in it
    [ -z "$holder" ] || exit 0
    [ -z "$waiter" ] || kill "$waiter" 2>/dev/null
    end_group
    exit 0
}

take_over() {
    # A lock that is only being asked about is free again at once; 0.2 s tells the two apart.
    flock -w 0.2 9 && return
    is_running && return 1
    end_group # the workload died, and left children behind
}

trap stop TERM INT
echo $$ >"$dir/script" # from here on, a signal is heard
if ! take_over; then
    flock 9 &
    waiter=$!
    wait "$waiter" || exit 1
    [ "$again" = yes ] || exit 0
fi
holder=yes
echo $$ >"$dir/pid"
echo $$ >>"$dir/starts"
umask 022
. "$dir/run"
