"""What HERA's pages say about images and machines, done for real on this one: `make proof`.

A proof is a module with `prove()`, which tells what it sees line by line (`telling.says`) and raises
`telling.NotProven`. It runs as root on Debian, installs what it wants, and ends what it started.
"""
