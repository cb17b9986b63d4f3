from django.urls import path

from hera.operations import views

# /infra/health_check/ and /infra/started/ are answered by the middleware, before hosts and sessions are looked at.
urlpatterns = [path("infra/ready/", views.ready), path("infra/metrics/", views.metrics)]
