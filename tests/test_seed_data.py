from __future__ import annotations

import pytest
from django.core.management import call_command

from hera.devserver import messages
from hera.devserver.fixtures import FIXTURES
from hera.events.models import NotificationTemplate, NotificationTemplateVariable


@pytest.mark.django_db
def test_the_three_fixtures_install_47_objects(capsys):
    call_command("loaddata", *FIXTURES)
    assert capsys.readouterr().out.strip() == "Installed 47 object(s) from 3 fixture(s)"


@pytest.mark.django_db
def test_every_language_uses_the_declared_variables_and_no_push_names_a_condition(programme):
    declared = set(NotificationTemplateVariable.objects.values_list("name", flat=True))
    assert declared == {"date", "weeks_pregnant"}
    for template in NotificationTemplate.objects.all():
        assert all(f"{{{{ {name} }}}}" in template.in_app_content for name in declared)
        assert "{{" not in template.push_title + template.push_body


@pytest.mark.parametrize("language", ["tr", "ar", "ps", "prs"])
def test_every_sentence_is_translated_and_compiled(language):
    catalog = messages.update(language, messages.gather())
    assert messages.untranslated(catalog) == []
    with messages.po_file(language).open("rb") as file:
        kept = messages.read_po(file)
    assert {message.id: message.string for message in kept if message.id} == {
        message.id: message.string for message in catalog if message.id
    }
    from gettext import GNUTranslations

    with messages.po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert all(compiled.gettext(message.id) == message.string for message in kept if message.id)
