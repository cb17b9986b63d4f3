"""What stands at /, and the web app's page, files, manifest and service worker. None of it asks the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hera.api import errors
from hera.web import files

if TYPE_CHECKING:
    from django.http import HttpRequest

# Scripts, styles and pictures are files of this origin, and there are no others. Text becomes markup nowhere; the one
# address that a script may make a worker of is the app's own (the policy's name is in app.js).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self';"
    " worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types hera"
)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WORKER_POLICY = "default-src 'none'; connect-src 'self'"  # a worker goes by its own answer's
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """`/`: what HERA is, in the visitor's language, and the way to the app. Programs are told that nothing is here."""
    if "text/html" not in request.headers.get("Accept", "") or "Authorization" in request.headers:
        return errors.not_found(request)
    return _page(request, "web/front.html", _PAGE_POLICY)


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The app's page: nothing in it is anybody's, so that a phone may keep it."""
    return _page(request, "web/shell.html", POLICY)


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """What stands there once she has hidden the app: a page that could be anybody's."""
    numbers = range(1, 11)
    rows = [[left * right for right in numbers] for left in numbers]
    return _page(request, "web/tables.html", _PAGE_POLICY, rows=rows)


@require_safe
def file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """A file of this version; of another there is none, so that no page mixes two."""
    app = files.app()
    if version != app.version or name not in app.files or name == files.WORKER:
        raise Http404
    return _sent(request, app.files[name], _FOR_EVER)


@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The app's, for pages beside it that name no version."""
    return _sent(request, files.app().files["styles.css"], _ASK_FIRST)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, below whose folder is all that it may answer."""
    answer = _sent(request, files.worker(), _ASK_FIRST)
    answer.headers["Content-Security-Policy"] = _WORKER_POLICY
    return answer


@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    """How a phone installs the app. Its name on the home screen tells nothing."""
    here = f"/app/{files.app().version}/icons"
    icons = [{"src": f"{here}/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    icons += [
        {"src": f"{here}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
        if f"icons/icon-{size}.png" in files.app().files
    ]
    content = {
        "name": "HERA",
        "short_name": "HERA",
        "id": "/app/",
        "start_url": "/app/",
        "scope": "/app/",
        "display": "standalone",
        "lang": get_language(),
        "description": _("HERA reminds mothers of their children's vaccinations and of their own antenatal visits."),
        "background_color": "#fffdf8",
        "theme_color": "#6b21a8",
        "icons": icons,
    }
    answer = JsonResponse(content, content_type="application/manifest+json")
    answer.headers["Cache-Control"] = _ASK_FIRST
    return answer


def _page(request: HttpRequest, template: str, policy: str, **context: object) -> HttpResponse:
    app = files.app()
    made = render(request, template, {"version": app.version, "modules": app.modules, **context})
    answer = _sent(request, files.sent("text/html; charset=utf-8", made.content), _ASK_FIRST)
    answer.headers["Content-Security-Policy"] = policy
    patch_vary_headers(answer, ["Accept-Language"])
    return answer


def _sent(request: HttpRequest, content: files.File, kept: str) -> HttpResponse:
    takes_gzip = content.packed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    body = content.packed if takes_gzip and content.packed is not None else content.plain
    answer = HttpResponse(body, content_type=content.content_type)
    if takes_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = kept
    answer.headers["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer
