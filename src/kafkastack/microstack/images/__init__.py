"""Images that the instances of a MicroStack boot: built here, from Debian's packages."""
