"""The local cloud: machines are folders of this host, their programs are its processes."""
