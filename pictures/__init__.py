"""The pictures of docs/, taken of the demo country by one command: `make pictures`."""
