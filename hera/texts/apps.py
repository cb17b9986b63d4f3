from django.apps import AppConfig


class TextsConfig(AppConfig):
    name = "hera.texts"
    label = "texts"
    verbose_name = "Texts in five languages"
