#!/usr/bin/env python
"""Django's command line, with the embedded PostgreSQL started where no other database is set."""

import os
import sys

from django.core.management import execute_from_command_line

from hera.config import ConfigError
from hera.devserver import embedded


def main() -> None:
    """Start the embedded server if this command wants it, then do what Django does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hera.settings")
    try:
        embedded.start_for(os.environ, sys.argv)
    except ConfigError as wrong:
        sys.exit(f"HERA cannot start. {wrong}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
