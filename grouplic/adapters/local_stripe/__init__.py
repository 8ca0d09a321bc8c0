"""The local payment page: Stripe's HTTP API and hosted page, for use outside production.

The official SDK runs unchanged against it, and it sends signed webhooks over real HTTP.
"""

from grouplic.adapters.local_stripe.app import local_stripe
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.deliveries import deliver_forever

__all__ = ["LocalStripeConfig", "deliver_forever", "local_stripe"]
