"""The seed data of a new environment, as `loaddata` names it."""

FIXTURES = ("vaccines_and_doses", "events", "survey_templates")
