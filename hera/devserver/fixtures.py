"""The seed data of a new environment, as `loaddata` names it."""

FIXTURES = ("vaccines_and_doses", "events", "survey_templates")

# The others have no ids of their own, so that any country can load them, as often as it likes; only after the three
# above have been loaded, by a call of its own: within one call, ids that are given and ids that are drawn would meet.

# Reminders of vaccinations and, by a pack that has some, of visits after a birth, and the question whether a child is
# born: new environments have them too.
REMINDERS = ("vaccination_reminders", "pregnancy_surveys", "after_birth_reminders")

# What a country may load besides: a question after each antenatal visit, and the texts of all in two more languages.
FURTHER_FIXTURES = (
    "antenatal_survey",
    "events_in_pashto_and_dari",
    "surveys_in_pashto_and_dari",
)
