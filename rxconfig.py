"""Reflex configuration. What a person may set is in grouplic/settings.py."""

import os

# Without this Reflex would download another runtime; Node comes with the Python packages.
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

import reflex as rx
from reflex_base.plugins.sitemap import SitemapPlugin

from grouplic.settings import settings
from grouplic.ui.bundle import PLACEHOLDER_ORIGIN, BundlePlugin

config = rx.Config(
    app_name="grouplic",
    api_url=PLACEHOLDER_ORIGIN,
    deploy_url=settings().origin,
    # By name and by number; the gate in front wants the page's own host in any case.
    cors_allowed_origins=[settings().origin, settings().internal_url],
    trusted_proxy_hops=settings().trusted_proxies,
    redis_url=settings().redis_url or None,
    state_manager_mode="redis" if settings().redis_url else "memory",
    plugins=[BundlePlugin()],
    disable_plugins=[SitemapPlugin],
    frontend_compression_formats=["gzip", "brotli"],
    show_built_with_reflex=False,
    telemetry_enabled=False,
)
