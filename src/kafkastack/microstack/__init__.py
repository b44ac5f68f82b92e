"""How a real single-node OpenStack is built on this machine, and how it is removed."""
