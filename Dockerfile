# Never built where this was written, which has no container engine: see docs/operations.md.
FROM python:3.11-slim-trixie

# Debian keeps no older versions, so that a pinned one could not be installed for long.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make postgresql-client \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app

COPY Makefile pyproject.toml README.md ./
COPY requirements requirements
COPY grouplic grouplic
RUN make setup

COPY alembic.ini rxconfig.py ./
COPY alembic alembic
COPY assets assets
COPY catalog catalog
COPY help help
COPY texts texts
COPY reflex.lock reflex.lock
# What the build has written there, as root, is not the site's.
RUN .venv/bin/grouplic build && rm -rf var

RUN useradd --system --uid 999 grouplic && mkdir var && chown grouplic var
USER 999
ENV HOME=/app/var HOST=0.0.0.0
VOLUME /app/var
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=8s --start-period=30s \
    CMD [".venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/healthz')"]
CMD [".venv/bin/grouplic", "serve"]
