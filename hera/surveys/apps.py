from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "hera.surveys"
    label = "surveys"
    verbose_name = "Surveys"
