"""The command that opens, runs and closes a country's environment on AWS."""
