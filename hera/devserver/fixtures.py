"""The seed data of a new environment, as `loaddata` names it."""

FIXTURES = ("vaccines_and_doses", "events", "survey_templates")

# What a country may load besides: a question after each antenatal visit, and the texts of all in two more languages.
FURTHER_FIXTURES = ("antenatal_survey", "events_in_pashto_and_dari", "surveys_in_pashto_and_dari")
