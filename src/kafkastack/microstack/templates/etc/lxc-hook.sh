#!/bin/sh
# libvirt's hook for containers: an interface that was lost in a race with Open vSwitch is set up again.
#   lxc NAME started begin -   with the domain's XML on stdin
[ "$2" = started ] || exit 0
interfaces=$(sed -n "s/.*<target dev='\([^']*\)'.*/\1/p")
(
    for _ in 1 2 3 4 5 6; do
        for interface in $interfaces; do ip link set "$interface" up; done
        sleep 0.5
    done
) > /dev/null 2>&1 &
