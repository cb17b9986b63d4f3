from django.urls import path

from hera.web import views

urlpatterns = [
    path("", views.front),
    path("app/", views.shell, name="app"),
    path("app/tables/", views.tables),
    path("app/manifest.webmanifest", views.manifest),
    path("app/styles.css", views.stylesheet, name="stylesheet"),
    path("app/sw.js", views.worker),
    path("app/<str:version>/<path:name>", views.file),
]
