#!/bin/sh
# Becomes PID 1 of the cloud: everything of it lives in namespaces below this process, and ends with it.
#   enter.sh SERVICE_ROOT ENVIRONMENT STATE CONTROL_GROUP
# Runs in new mount, pid, ipc and uts namespaces, still on the host's network.
set -eu
root=$1 environment=$2 state=$3 name=$4

# A group of our own in every hierarchy, so that no limit or leftover is the host's.
grep -v '^0:' /proc/self/cgroup | while IFS=: read -r _ controllers _; do
    folder=/sys/fs/cgroup/${controllers#name=}
    [ -d "$folder" ] || continue
    mkdir -p "$folder/$name"
    for file in cpuset.cpus cpuset.mems; do
        [ ! -e "$folder/$file" ] || cat "$folder/$file" > "$folder/$name/$file"
    done
    [ ! -e "$folder/memory.use_hierarchy" ] || echo 1 > "$folder/$name/memory.use_hierarchy" || :
done
# Containers make their groups in version 2, where it is mounted beside version 1: below ours, too.
[ ! -d /sys/fs/cgroup/unified ] || mkdir -p "/sys/fs/cgroup/unified/$name"
# "0" is the process that writes.
for group in /sys/fs/cgroup/*/$name; do
    [ ! -d "$group" ] || echo 0 > "$group/cgroup.procs"
done

mount -t overlay microstack \
    -o "lowerdir=$root,upperdir=$state/upper,workdir=$state/work" "$state/root"
cd "$state/root"
mkdir -p run tmp proc sys dev opt/openstack host
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t proc proc proc
mount --rbind /dev dev
mount --bind "$environment" opt/openstack
for folder in cinder glance mysql nova rabbitmq; do
    mkdir -p "$state/data/$folder" "var/lib/$folder"
    mount --bind "$state/data/$folder" "var/lib/$folder"
done
mkdir -p var/log/microstack
mount --bind "$state/log" var/log/microstack
mkdir -p run/netns run/lock run/mysqld run/openvswitch run/ovn run/uwsgi run/libvirt run/haproxy
chmod 700 run/openvswitch run/ovn
chroot . chown mysql: run/mysqld
touch run/netns/host
mount --bind /proc/self/ns/net run/netns/host

exec unshare --net --cgroup --mount --propagation private sh -eu -c '
    mount -t sysfs sysfs sys
    mount -t tmpfs -o mode=755 cgroup sys/fs/cgroup
    # As it is on the host: version 1 has a mount for each controller, version 2 one for all.
    grep -v "^0:" /proc/self/cgroup | while IFS=: read -r _ controllers _; do
        folder=sys/fs/cgroup/${controllers#name=}
        mkdir -p "$folder"
        mount -t cgroup -o "$controllers" "$controllers" "$folder" || rmdir "$folder"
    done
    [ -n "$(ls sys/fs/cgroup)" ] || mount -t cgroup2 cgroup2 sys/fs/cgroup
    mkdir -p old
    pivot_root . old
    cd /
    umount -l old
    rmdir old host 2> /dev/null || :
    hostname microstack
    ip link set lo up
    exec /opt/openstack/bin/python -I /usr/local/sbin/supervisord --nodaemon --configuration /etc/supervisord.conf
'
