"""The application: settings and a model in, a WSGI application out."""

from __future__ import annotations

from flask import Flask, Response
from pydantic import SecretStr

from service import api, docs, errors, web_page
from service.corrections.api import corrections_api
from service.corrections.sampling import forgetting
from service.corrections.store import Corrections
from service.corrections.writer import StoreWriter
from service.limits.access import Access
from service.limits.guard import Guard
from service.observability import api as metrics_api
from service.observability import logs
from service.observability.metrics import Metrics
from service.predictor import Predictor
from service.serving import ServedModel
from service.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None, *, segmenter: Predictor | None = None) -> Flask:
    """Build the service; loads a model, so fork afterwards only with one OpenMP thread.

    Parameters
    ----------
    settings : Settings, optional
        By default from the environment.
    segmenter : Predictor, optional
        Serve this one instead of loading what the settings name.

    Raises
    ------
    InvalidSetting
        A variable of the environment is not of its type.
    NobodyAllowed, BadKeyFile
        Others can reach the service, and nobody has a key for it.
    NoStore
        Rates are to be counted where they cannot be.
    NoDriver
        Corrections are to be in PostgreSQL without the extra for it.
    NoOpenTelemetry
        Traces are asked for without the extra ``otel``.
    """
    settings = Settings.from_environment() if settings is None else settings
    logs.configure(settings.log_level)
    app = Flask("service", static_folder=None)
    counted = Metrics()
    logs.register(app, counted)
    errors.register(app)
    Guard(Access.from_settings(settings), settings).register(app)
    metrics_api.attach(app, counted)
    if segmenter is None:
        served = ServedModel(settings, told=counted.model)
    else:
        served = ServedModel.fixed(segmenter, told=counted.model)
    database = _secret(settings.corrections)
    if database is not None and database.startswith("postgresql"):
        from training.corrections.driver import check_driver  # with what no other store needs

        check_driver()
    corrections = Corrections(database)
    writer = StoreWriter(corrections, chore=forgetting(settings.sampling_days))
    writer.attach(app)
    api.attach(app, settings, served, writer)
    app.register_blueprint(
        corrections_api(
            corrections,
            served,
            limits=settings.limits,
            told=counted.corrected,
        )
    )
    app.register_blueprint(docs.docs)
    app.register_blueprint(web_page.web_page)
    app.after_request(_protect)
    if settings.tracing:
        from service.observability.tracing import trace  # what it imports is an extra

        trace(app)
    return app


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def _protect(response: Response) -> Response:
    """Headers that every answer carries."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
