"""The SDK that is installed is the one we pin, and has what we ask of it.

The description of the API is older than the SDK (docs/decisions/0010), so both are asked.
"""

import ast
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import stripe
from stripe import params
from typing_extensions import get_type_hints, is_typeddict

from grouplic.adapters import stripe_payments
from grouplic.adapters.local_stripe.forms import decode
from grouplic.adapters.stripe_payments import StripePayments
from tests.local_stripe.conftest import KEY, Shop
from tests.local_stripe.test_shapes import live_through_everything, payments

__all__ = ["payments"]

ROOT = Path(__file__).parents[2]
API_VERSION = "2026-10-28.endive"
PARAMETERS = {
    ("POST", "/v1/customers"): params.CustomerCreateParams,
    ("POST", "/v1/checkout/sessions"): params.checkout.SessionCreateParams,
    ("GET", "/v1/checkout/sessions"): params.checkout.SessionListParams,
    ("GET", "/v1/checkout/sessions/id"): params.checkout.SessionRetrieveParams,
    ("GET", "/v1/checkout/sessions/id/line_items"): params.checkout.SessionListLineItemsParams,
    ("POST", "/v1/checkout/sessions/id/expire"): params.checkout.SessionExpireParams,
    ("GET", "/v1/payment_intents/id"): params.PaymentIntentRetrieveParams,
    ("GET", "/v1/charges"): params.ChargeListParams,
    ("GET", "/v1/disputes"): params.DisputeListParams,
    ("GET", "/v1/events"): params.EventListParams,
    ("POST", "/v1/refunds"): params.RefundCreateParams,
    ("GET", "/v1/refunds"): params.RefundListParams,
    ("POST", "/v1/invoices"): params.InvoiceCreateParams,
    ("GET", "/v1/invoices"): params.InvoiceListParams,
    ("GET", "/v1/invoices/id"): params.InvoiceRetrieveParams,
    ("DELETE", "/v1/invoices/id"): params.InvoiceDeleteParams,
    ("GET", "/v1/invoices/id/lines"): params.InvoiceLineItemListParams,
    ("POST", "/v1/invoices/id/add_lines"): params.InvoiceAddLinesParams,
    ("POST", "/v1/invoices/id/finalize"): params.InvoiceFinalizeInvoiceParams,
    ("POST", "/v1/invoices/id/send"): params.InvoiceSendInvoiceParams,
    ("POST", "/v1/invoices/id/void"): params.InvoiceVoidInvoiceParams,
}

# Where a path names one object: some prefix and at least 14 letters or digits. A random
# identifier need not hold a digit, and "payment_intents" is no identifier.
_IDENTIFIER = re.compile(r"/[a-z]+_(?:test_)?[A-Za-z0-9]{14,}(?=/|$)")

# Named in the SDK's types for its own sake, and not loaded there.
_NOT_LOADED = {"StripeContext": object, "Mapping": Mapping}


def test_the_installed_sdk_is_the_pinned_one_and_speaks_the_version_we_know() -> None:
    pinned = (ROOT / "requirements" / "app.txt").read_text()
    assert f"\nstripe=={stripe.VERSION}\n" in pinned
    assert stripe.api_version == API_VERSION
    known = (ROOT / "docs/decisions/0010-refunds-terms-and-differences.md").read_text()
    assert API_VERSION.partition(".")[0] in known


def test_the_sdk_has_every_method_we_call() -> None:
    client = stripe.StripeClient(KEY).v1
    tree = ast.parse(inspect.getsource(stripe_payments))
    called = {
        ast.unparse(node.func).removeprefix("self._api.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and re.match(r"self\._api\.[\w.]+$", ast.unparse(node.func))
    }
    assert len(called) > 10
    for path in called:
        found: Any = client
        for name in path.split("."):
            found = getattr(found, name)
        assert callable(found), path


def test_the_sdk_knows_every_parameter_we_send(shop: Shop, payments: StripePayments) -> None:
    live_through_everything(shop, payments)
    asked = set()
    for method, path, sent, _ in shop.exchanges:
        operation = (method, _IDENTIFIER.sub("/id", path))
        asked.add(operation)
        assert unknown(decode(sent), PARAMETERS[operation]) == [], operation
    assert asked == set(PARAMETERS)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/invoices/in_OcEqwpITrSAlJFwtexikPWCd/add_lines", "/v1/invoices/id/add_lines"),
        ("/v1/checkout/sessions/cs_test_a1" + "B" * 58, "/v1/checkout/sessions/id"),
        ("/v1/payment_intents", "/v1/payment_intents"),
        ("/v1/checkout/sessions/id/line_items", "/v1/checkout/sessions/id/line_items"),
    ],
)
def test_an_identifier_is_known_without_a_digit_too(path: str, shape: str) -> None:
    assert _IDENTIFIER.sub("/id", path) == shape


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        ({"currency": "eur", "colour": "red"}, ["colour"]),
        ({"custom_fields": {"0": {"name": "PO", "font": "bold"}}}, ["font"]),
        ({"metadata": {"anything": "goes"}}, []),
    ],
)
def test_a_parameter_that_the_sdk_does_not_know_is_noticed(
    sent: dict[str, Any], names: list[str]
) -> None:
    assert unknown(sent, params.InvoiceCreateParams) == names


def unknown(sent: Any, described: Any) -> list[str]:
    """Return the names in decoded form parameters that the SDK's types do not have."""
    kinds = _typed_dictionaries(described)
    if not kinds or not isinstance(sent, dict):
        return []
    if sent and all(name.isdecimal() for name in sent):
        return [each for item in sent.values() for each in unknown(item, described)]
    tries = [_unknown_in(sent, get_type_hints(kind, localns=_NOT_LOADED)) for kind in kinds]
    return min(tries, key=len)


def _unknown_in(sent: dict[str, Any], hints: dict[str, Any]) -> list[str]:
    found = [name for name in sent if name not in hints]
    known = [name for name in sent if name in hints]
    return found + [each for name in known for each in unknown(sent[name], hints[name])]


def _typed_dictionaries(described: Any) -> list[Any]:
    if is_typeddict(described):
        return [described]
    return [kind for part in get_args(described) for kind in _typed_dictionaries(part)]
