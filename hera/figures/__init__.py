"""The figures of the programme: for the M&E dashboard's calls, for the panel's page of charts, and for its home."""
