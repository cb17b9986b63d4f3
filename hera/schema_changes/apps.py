from django.apps import AppConfig


class SchemaChangesConfig(AppConfig):
    name = "hera.schema_changes"
    label = "schema_changes"
    verbose_name = "Changes of a live schema"
