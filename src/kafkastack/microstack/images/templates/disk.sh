#!/bin/sh
# Makes a disk of a tree, unpartitioned, with little room: it is copied for each instance and grown to the flavor's size.
#   disk.sh TREE OUT
set -eu
tree=$1 out=$2
# Containers share the host's kernel, which writes what is left when one of them dies; a machine needs a journal.
journal=has_journal room=48
[ -e "$out/vmlinuz" ] || journal=^has_journal room=24
used=$(du --summarize --block-size=1M "$tree" | cut -f1)
truncate --size="$((used * 21 / 20 + room))M" "$out/disk.img"
mkfs.ext4 -q -L root -O "$journal" -b 4096 -i 16384 -m 1 -d "$tree" "$out/disk.img"
