"""The web server: a process a core, and few threads: they wait for each other more than for the database (ADR 6)."""

import gc
import os
import resource
import sys

from hera import config as hera_config
from hera.devserver import embedded

try:
    _settings = hera_config.load(os.environ)
    embedded.start_for(os.environ, ["gunicorn", "serve"])
except hera_config.ConfigError as wrong:
    sys.exit(f"HERA cannot start. {wrong}")

wsgi_app = "hera.wsgi:application"
bind = _settings.bind
# The processes begin as copies of one that has loaded all: what none of them writes to, they share.
preload_app = True
worker_class = "hera.operations.web_worker.Worker"
workers = _settings.web_processes
threads = _settings.web_threads
timeout = 30
graceful_timeout = 30
# Idle connections cost a file each and no thread; beyond these the longest silent makes room (its worker sees to it).
_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _files))
worker_connections = min(10_000, _files - 200 if _files > 0 else 10_000)
keepalive = 75  # longer than a load balancer keeps its side
max_requests = 20000
max_requests_jitter = 2000
control_socket_disable = True  # it would be written into a home that the image and the unit do not have


def when_ready(_server: object) -> None:
    """Before the first copy: what is loaded is not looked through for garbage, which would write to all of it."""
    gc.collect()
    gc.freeze()
