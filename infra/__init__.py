"""Environments on AWS: what one is made of (`stack`), and the command that makes and runs it (`hera_env`).

The service never imports anything from here.
"""
