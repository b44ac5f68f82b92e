"""Where machines come from: the protocol, and one folder per cloud."""
