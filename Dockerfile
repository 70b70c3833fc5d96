# syntax=docker/dockerfile:1
# The service with the model that ships. Mount a registry and name it in STORYSEAM_REGISTRY to serve
# models of your own.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/storyseam
COPY requirements.lock requirements-dev.lock ./
# Packages that speak to a store of registries, as fsspec names them: --build-arg DRIVERS='s3fs==…'
# of the version that fsspec is pinned to. None is in by default: which one depends on the store.
ARG DRIVERS=
# With what settings may ask for, as the other lock pins it: corrections in PostgreSQL, rates in
# Redis, a registry behind a URL; and traces, with what they need.
RUN /opt/storyseam/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.lock \
    $(grep -E '^(psycopg|psycopg-binary|redis|fsspec)==' requirements-dev.lock) \
    $(grep -E '^(opentelemetry-.*|googleapis-common-protos|protobuf)==' requirements-dev.lock) \
    $(grep -E '^(requests|urllib3|charset-normalizer)==' requirements-dev.lock) \
    $DRIVERS
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY training training
COPY service service
RUN /opt/storyseam/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && /opt/storyseam/bin/pip uninstall --yes pip \
    # Tests that packages bring along are a tenth of their size, and are never run here.
    && find /opt/storyseam -depth -type d -name tests -exec rm -r {} +

FROM python:3.13-slim
# The base has pip, and a wheel of it in ensurepip; what runs here installs nothing.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip \
    && rm -rf /usr/local/bin/pip* "$(python -c 'import ensurepip; print(ensurepip.__path__[0])')" \
    && ! python -c 'import pip' 2> /dev/null && ! python -c 'import ensurepip' 2> /dev/null
RUN useradd --system --uid 10001 --no-create-home storyseam
COPY --from=build /opt/storyseam /opt/storyseam
# One OpenMP thread a worker: with more, workers fight for the cores.
ENV PATH=/opt/storyseam/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
    STORYSEAM_BIND=0.0.0.0:8765
USER 10001
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-m", "service.probe"]
CMD ["storyseam", "serve"]
