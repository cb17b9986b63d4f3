"""The stored plan: which visit of a child or a pregnancy is due when, so that the database can be asked in sets.

`visits` works it out of the facts and a schedule, `stored` keeps it in step with them.
"""
