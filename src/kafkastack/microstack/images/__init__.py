"""What the instances of a MicroStack boot: images built here, from Debian's packages."""
