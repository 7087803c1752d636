# syntax=docker/dockerfile:1
# luahost serve. What it needs, docs/operating.md says under "Docker":
#   docker build -t luahost .
#   docker run --init -v ./luahost:/etc/luahost:ro -v luahost:/var/lib/luahost -p 127.0.0.1:8025:8025 luahost

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY luahost luahost
RUN pip wheel --no-cache-dir --wheel-dir /wheels ".[serve]"

FROM python:3.13-slim
# Of the one version that was built.
# hadolint ignore=DL3013
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels "luahost[serve]" \
    && useradd --system --uid 8025 --home-dir /var/lib/luahost --create-home --shell /usr/sbin/nologin luahost \
    && mkdir /etc/luahost
USER 8025
WORKDIR /var/lib/luahost
VOLUME /var/lib/luahost
EXPOSE 8025
# Finishes what runs within drain_seconds (30): docker stop --time 60.
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=30s --interval=30s --timeout=10s \
    CMD ["luahost", "status", "-c", "/etc/luahost/luahost.yaml"]
ENTRYPOINT ["luahost"]
CMD ["serve", "-c", "/etc/luahost/luahost.yaml"]
