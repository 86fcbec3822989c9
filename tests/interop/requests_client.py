"""A thick client of a stranger: requests_oauth2client, as its documentation says to use it."""

import requests
from requests_oauth2client import OAuth2Client, RepeatedDPoPNonce

from stranger import answer_of, main


def sign_in_and_out(companion_url, browser):
    client = OAuth2Client.from_discovery_endpoint(
        url=f"{companion_url}/.well-known/oauth-authorization-server",
        issuer=companion_url,
        client_id="vestibule-desktop",
        dpop_bound_access_tokens=True,
        testing=True,  # Plain http on loopback, as in the demonstration.
    )
    begun = []

    def push(redirect_uri):
        begun.append(client.authorization_request(redirect_uri=redirect_uri, scope=None, nonce=None))
        return client.pushed_authorization_request(begun[0]).uri

    address = answer_of(browser, push)
    answer = begun[0].validate_callback(address)

    first = client.authorization_code(answer, validate=False)  # There is no ID token to validate: this is OAuth.
    session = requests.get(f"{companion_url}/api/v1/session", auth=first, timeout=30)
    session.raise_for_status()
    second = client.refresh_token(first)
    again = requests.get(f"{companion_url}/api/v1/session", auth=second, timeout=30)
    again.raise_for_status()
    out = requests.post(f"{companion_url}/api/v1/session/sign-out", auth=second, timeout=30)
    out.raise_for_status()
    try:
        after = requests.get(f"{companion_url}/api/v1/session", auth=second, timeout=30)
    except RepeatedDPoPNonce as refused:  # The library takes every 401 for a request of another nonce.
        after = refused.response
    return {
        "token_type": first.token_type.lower(),
        "family_name": session.json()["practitioner"]["family_name"],
        "same_session": session.json()["sign_in_id"] == again.json()["sign_in_id"],
        "new_tokens": first.access_token != second.access_token and first.refresh_token != second.refresh_token,
        "sign_out": out.json(),
        "after": after.status_code,
    }


main(sign_in_and_out)
