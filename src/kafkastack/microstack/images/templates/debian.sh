#!/bin/sh
# Makes a Debian tree fit for many instances: what only one may have is taken out, what none needs is switched off.
#   debian.sh TREE OUT
set -eu
tree=$1

for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer getty.target systemd-logind.service; do
    ln -s /dev/null "$tree/etc/systemd/system/$unit"
done
chroot "$tree" systemctl --quiet enable systemd-networkd.service systemd-resolved.service
chroot "$tree" dpkg-divert --quiet --local --no-rename --divert /sbin/init.systemd --add /sbin/init

rm -f "$tree"/etc/ssh/ssh_host_* "$tree"/etc/hostname "$tree"/etc/motd "$tree"/etc/update-motd.d/* "$tree"/etc/resolv.conf \
    "$tree"/etc/apt/apt.conf.d/99mmdebstrap "$tree"/etc/cloud/cloud.cfg.d/90_dpkg.cfg "$tree"/var/lib/dbus/machine-id
: > "$tree/etc/machine-id"
ln -s ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
find "$tree/var/log" "$tree/var/cache/apt" "$tree/var/cache/debconf" -type f -delete
