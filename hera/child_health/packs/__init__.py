"""A country's pack in use: whether it may be, what it changes, and the vaccines and doses that it writes."""
