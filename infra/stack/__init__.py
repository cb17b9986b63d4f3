"""What an environment is made of, a file for each kind of part."""
