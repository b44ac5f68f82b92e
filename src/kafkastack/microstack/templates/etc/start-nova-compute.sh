#!/bin/sh
# Becomes nova-compute. A container with a volume, which the API refuses by now, may be on record:
# where the volume's device has no name, nova-compute places nothing any more for anybody.
if [ "$(cat /etc/nova/instances)" = lxc ]; then
    mariadb --socket=/run/mysqld/mysqld.sock nova << 'SQL' || :
UPDATE block_device_mapping SET device_name = CONCAT('/dev/vd', id)
    WHERE device_name IS NULL AND destination_type = 'volume' AND deleted = 0;
SQL
fi
exec /opt/openstack/bin/nova-compute --config-file /etc/nova/compute.conf
