"""Library of machine charms: what is the same for every workload."""
