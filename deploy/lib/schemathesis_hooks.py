"""What schemathesis does to each request of deploy/lib/check-schema before it goes out.

FX_SECRET, if set, is the secret key's: requests are signed by it, as they leave, instead of carrying a token.
FX_KEY_ID takes the place of most ids of keys that schemathesis makes up, which no key has.
"""

import hashlib
import hmac
import os
import random

import schemathesis

SECRET = os.environ.get("FX_SECRET", "").encode()
KEY_ID = os.environ["FX_KEY_ID"]


def signed(request):
    """Signs the body, or where there is none the path without its query."""
    body = request.body or request.path_url.split("?")[0]
    if isinstance(body, str):
        body = body.encode()
    request.headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return request


@schemathesis.hook
def before_call(context, case, kwargs):
    if "key_id" in (case.path_parameters or {}) and random.random() < 0.8:
        case.path_parameters["key_id"] = KEY_ID
    # A minute is right and long; a second is as right.
    if (case.query or {}).get("wait") in range(2, 61):
        case.query["wait"] = 1
    if SECRET:
        kwargs["auth"] = signed
