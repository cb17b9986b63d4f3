from django.urls import path

from hera.operations import views

# /infra/health_check/ is answered by the middleware, before hosts and sessions are looked at.
urlpatterns = [path("infra/ready/", views.ready), path("infra/metrics/", views.metrics)]
