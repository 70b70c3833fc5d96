"""The application: settings and a model in, a WSGI application out."""

from __future__ import annotations

from flask import Flask, Response
from pydantic import SecretStr

from service import api, docs, errors, observability, web_page
from service.access import Access
from service.corrections_api import corrections_api
from service.corrections_store import Corrections
from service.guard import Guard
from service.sampling import Sampler
from service.serving import Predictor, ServedModel
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
    """
    settings = Settings.from_environment() if settings is None else settings
    observability.configure(settings.log_level)
    app = Flask("service", static_folder=None)
    observability.register(app)
    errors.register(app)
    Guard(Access.from_settings(settings), settings).register(app)
    served = ServedModel(settings) if segmenter is None else ServedModel.fixed(segmenter)
    corrections = Corrections(_secret(settings.corrections))
    api.attach(app, settings, served, Sampler(corrections, settings.sampling))
    app.register_blueprint(
        corrections_api(
            corrections,
            served,
            limits=settings.limits,
        )
    )
    app.register_blueprint(docs.docs)
    app.register_blueprint(web_page.web_page)
    app.after_request(_protect)
    return app


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()


def _protect(response: Response) -> Response:
    """Headers that every answer carries."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
