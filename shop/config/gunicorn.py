"""The web server, the same on a laptop and in production.

`gunicorn --config python:shop.config.gunicorn --bind …`; `serve` and the container say where.
"""

from pathlib import Path

from shop.config import env

wsgi_app = "shop.config.wsgi:application"
worker_class = "gthread"
# Two processes use two cores; threads wait for slow phones and, on SQLite, for the one writer.
workers = env.integer("WEB_WORKERS", 2)
threads = env.integer("WEB_THREADS", 8)
# Oscar takes two seconds to import: once, before the workers are forked from it.
preload_app = True
timeout = 60
graceful_timeout = 8
# A phone on 3G keeps its connection for the next picture; the proxy does so anyway.
keepalive = 15
# A worker renews itself now and then, not all at the same moment.
max_requests = 5000
max_requests_jitter = 500
# The workers' heartbeat must not wait for a slow disk.
worker_tmp_dir = next((path for path in ("/dev/shm",) if Path(path).is_dir()), None)  # noqa: S108  (its own name)
loglevel = "warning"
# Nobody needs a socket to steer it by: signals do.
control_socket_disable = True
