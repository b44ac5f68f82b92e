#!/bin/sh
# Takes the kernel and its first disk out of a tree: Nova boots them, the disk needs no boot loader.
#   kernel.sh TREE OUT
set -eu
tree=$1 out=$2
rm "$tree/etc/systemd/system/systemd-logind.service"  # it hears the power button
chroot "$tree" update-initramfs -u -k all
mv "$tree"/boot/vmlinuz-* "$out/vmlinuz"
mv "$tree"/boot/initrd.img-* "$out/initrd.img"
chmod 644 "$out/vmlinuz" "$out/initrd.img"
rm -f "$tree"/vmlinuz* "$tree"/initrd.img* "$tree"/boot/*
