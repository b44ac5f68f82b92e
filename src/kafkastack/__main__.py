"""Run the command line: `python -m kafkastack`."""

import sys

from kafkastack.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
