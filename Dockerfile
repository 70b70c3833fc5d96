# syntax=docker/dockerfile:1
# The service with the model that ships. Mount a registry and name it in STORYSEAM_REGISTRY to serve
# models of your own.

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/storyseam
COPY requirements.lock requirements-dev.lock ./
# With the driver for corrections in PostgreSQL, as the other lock pins it.
RUN /opt/storyseam/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.lock \
    $(grep -E '^psycopg(-binary)?==' requirements-dev.lock)
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY training training
COPY service service
RUN /opt/storyseam/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && /opt/storyseam/bin/pip uninstall --yes pip \
    # Tests that packages bring along are a tenth of their size, and are never run here.
    && find /opt/storyseam -depth -type d -name tests -exec rm -r {} +

FROM python:3.13-slim
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
