"""Which dose is due when: pure functions of a child's record and a schedule. No database, no framework.

The logic is that of CDC's Clinical Decision Support for Immunization (CDSi), Logic Specification for ACIP
Recommendations, version 4.6; the modules have the names of its chapters, and rules cite its paragraphs. The numbers are
not here: they come with a `schedule.Schedule`, which a country's pack describes.
"""
