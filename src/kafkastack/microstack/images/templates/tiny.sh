#!/bin/sh
# Makes the tiny guest from packages that were extracted, not installed: kernel, initramfs and disk.
#   tiny.sh TREE OUT        what is in TREE/initramfs and TREE/guest is ours
# shellcheck disable=SC2086
set -eu
tree=$1 out=$2
programs="blkid curl dropbear dropbearkey e2fsck findmnt lsblk mke2fs mkfs resize2fs sudo"
opened="/usr/libexec/sudo/sudoers.so /lib/x86_64-linux-gnu/security/pam_permit.so"
first="virtio_pci virtio_blk"
later="virtio_net virtio-rng virtio_scsi sd_mod button evdev ata_piix sr_mod isofs vfat nls_ascii nls_cp437 nls_utf8"
kernel=$(ls "$tree/lib/modules")
modules=$tree/lib/modules/$kernel
chroot "$tree" /sbin/depmod "$kernel"

# add_modules ROOT NAME...: with those that they need.
add_modules() {
    root=$1
    shift
    for module; do
        files=$(sed -n "/\/$module\.ko:/s/://p" "$modules/modules.dep")
        [ -n "$files" ] || { echo "this kernel has no module $module"; exit 1; }
        for file in $files; do
            install -D -m 644 "$modules/$file" "$tree/$root/lib/modules/$kernel/$file"
        done
    done
    cp "$modules/modules.order" "$modules/modules.builtin" "$modules/modules.builtin.modinfo" "$tree/$root/lib/modules/$kernel"
    chroot "$tree" /sbin/depmod --basedir "/$root" "$kernel"
}

# add_busybox ROOT: and a link for each of its programs that is not there.
add_busybox() {
    cp "$tree/bin/busybox" "$tree/$1/usr/bin"
    for name in $("$tree/bin/busybox" --list); do
        [ -e "$tree/$1/usr/bin/$name" ] || ln -s busybox "$tree/$1/usr/bin/$name"
    done
}

# add_file PATH: a program or a library, with the libraries that it needs.
add_file() {
    needed=$(chroot "$tree" /lib64/ld-linux-x86-64.so.2 --list "$1" | sed -n 's/.*[ \t]\(\/[^ ]*\) (0x.*/\1/p')
    for file in "$1" $needed; do
        mkdir -p "$tree/guest${file%/*}"
        cp -L --preserve=mode "$tree$file" "$tree/guest$file"
    done
}

# Every program is in one folder, whatever a script or a person calls it by.
for root in initramfs guest; do
    mkdir -p "$tree/$root/usr/bin" "$tree/$root/usr/lib"
    for folder in dev proc sys root mnt; do mkdir "$tree/$root/$folder"; done
    for link in bin sbin; do ln -s usr/bin "$tree/$root/$link"; done
    ln -s usr/lib "$tree/$root/lib"
    ln -s bin "$tree/$root/usr/sbin"
done

add_busybox initramfs
add_modules initramfs $first
(cd "$tree/initramfs" && find . | "$tree/bin/busybox" cpio -o -H newc 2> /dev/null) | gzip -9 > "$out/initrd.img"

cd "$tree/guest"
mkdir -p run tmp home/tiny lib64 var/lib var/log etc/dropbear
ln -s /run var/run
for program in $programs; do
    for folder in /usr/bin /usr/sbin /bin /sbin; do
        [ -e "$tree$folder/$program" ] || continue
        add_file "$folder/$program"
        break
    done
done
for file in $opened; do add_file "$file"; done
for kind in ext2 ext3 ext4; do ln -s mke2fs "usr/bin/mkfs.$kind"; done
cp "$tree/etc/mke2fs.conf" etc
add_busybox guest
add_modules guest $first $later
chmod 440 etc/sudoers
chmod 700 root
chmod u+s usr/bin/busybox  # ping and su need it: the others give the right up themselves
chown -R 1000:1000 home/tiny

cp "$tree/boot/vmlinuz-$kernel" "$out/vmlinuz"
truncate --size=64M "$out/disk.img"
mkfs.ext4 -q -L root -b 4096 -m 0 -d "$tree/guest" "$out/disk.img"
