from django.urls import path

from hera.figures import month_views, report_views, selectors, survey_views, views, whole_months

# The dashboard asks for its figures without a slash at the end.
urlpatterns = [
    path("data_dashboard/users", views.figures(selectors.sign_ups_of_each_day, whole_months.sign_ups)),
    path("data_dashboard/pregnancy", views.figures(selectors.antenatal_answers, whole_months.antenatal_answers)),
    path("data_dashboard/vaccinations", views.figures(selectors.vaccination_answers, whole_months.vaccination_answers)),
]
panel_urlpatterns = [
    path("figures/", views.page, name="figures"),
    path("figures/by_month/", month_views.page, name="figures_by_month"),
    path("figures/by_month/file/", month_views.file, name="figures_file"),
    path("figures/surveys/", survey_views.page, name="survey_results"),
    path("figures/surveys/file/", survey_views.file, name="survey_results_file"),
    path("figures/reports/", report_views.page, name="figures_reports"),
    path("figures/reports/file/", report_views.file, name="figures_report"),
]
