# docker build -t directus8 . ; docker run -p 8055:8055 -v data:/data directus8
# /data holds config/ and projects/. Other settings: DIRECTUS8_*, see docs/configuration.md and docs/operations.md.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/directus8
COPY pyproject.toml README.md LICENSE ./
COPY directus8 directus8
RUN /opt/directus8/bin/pip install --no-cache-dir '.[all]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data directus8 && install -d -o directus8 -g directus8 /data
COPY --from=build /opt/directus8 /opt/directus8
ENV PATH=/opt/directus8/bin:$PATH DIRECTUS8_HOME=/data DIRECTUS8_SERVER_HOST=0.0.0.0 PYTHONUNBUFFERED=1
WORKDIR /data
USER directus8
VOLUME /data
EXPOSE 8055
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os,urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('DIRECTUS8_SERVER_PORT') or 8055}/server/ping\", timeout=2)"]
CMD ["directus8", "serve"]
