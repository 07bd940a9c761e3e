# The App in a container: web and crew in one (`serve`), or `web` and `worker` apart (compose.yaml).
# Build: docker build -t concordat .      Settings: docs/settings.md      Running it: docs/operating.md

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/concordat
ENV PATH=/opt/concordat/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# What changes seldom comes first. Every package is held to the hash in the lock file.
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md app.yml ./
COPY bot bot
COPY notices notices
COPY rules rules
COPY templates templates
RUN pip install --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin concordat \
 && install -d -o concordat -g concordat -m 0700 /var/lib/concordat
COPY --from=build /opt/concordat /opt/concordat
ENV PATH=/opt/concordat/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=8000 LOG_FORMAT=json DATABASE_URL=sqlite:////var/lib/concordat/concordat.db
USER 10001
WORKDIR /var/lib/concordat
VOLUME /var/lib/concordat
EXPOSE 8000
# A worker answers on WORKER_PORT instead.
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD \
    ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('WORKER_PORT') or os.environ['PORT']}/readyz\", timeout=5)"]
# It stops by itself within ten seconds of SIGTERM; what is in hand is taken up by another process or the next start.
STOPSIGNAL SIGTERM
ENTRYPOINT ["concordat"]
CMD ["serve"]
