# syntax=docker/dockerfile:1
ARG PYTHON=3.11.14-slim-bookworm

# Installs by hash into a folder that the last stage takes; what installs it stays here.
FROM python:${PYTHON} AS build
RUN python -m venv --without-pip /opt/dianliang
COPY requirements.lock /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/dianliang/bin/python install --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: -r /tmp/requirements.lock
COPY matching /opt/dianliang/app/matching
COPY web /opt/dianliang/app/web
COPY LICENSE README.md /opt/dianliang/app/
RUN /opt/dianliang/bin/python -m compileall -q /opt/dianliang

FROM python:${PYTHON}
RUN pip uninstall --quiet --yes --root-user-action=ignore setuptools wheel pip \
    && rm -rf /usr/local/lib/python3.11/ensurepip \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin dianliang \
    && install -d -o dianliang -g dianliang -m 0700 /data/files
COPY --from=build /opt/dianliang /opt/dianliang
ENV PATH=/opt/dianliang/bin:$PATH \
    PYTHONPATH=/opt/dianliang/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "matching"]
CMD ["serve"]
