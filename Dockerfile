# One image for web, worker, beat and migrations; docker-compose.yml says which it is.
FROM python:3.12-slim AS packages
RUN python -m venv /venv
COPY requirements/base.txt /base.txt
# Only what the lock names, at the hashes it names.
RUN /venv/bin/pip install --no-cache-dir --require-hashes --requirement /base.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/app/var
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin station
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The key is for this one command and in no layer: nothing is signed while files are collected.
RUN SECRET_KEY=collectstatic python manage.py collectstatic --no-input --verbosity 0 \
    && mkdir -p var/media var/private \
    && chown -R station: var
USER station
EXPOSE 8000
CMD ["gunicorn", "--config", "python:shop.config.gunicorn", "--bind", "0.0.0.0:8000"]
