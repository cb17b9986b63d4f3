"""What docs/performance.md quotes. `make bench` runs all of it on a scratch database."""
