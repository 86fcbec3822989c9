"""A thick client of a stranger: Authlib over httpx2. It knows neither DPoP nor pushed requests: both are added around it."""

import hashlib
import time
import uuid
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.auth import TokenAuth
from joserfc import jwt
from joserfc.jwk import ECKey

from stranger import answer_of, main

# The library puts the token into the request; the proof is the transport's business.
TokenAuth.SIGN_METHODS["dpop"] = lambda token, uri, headers, body, _place: (uri, {**headers, "Authorization": f"DPoP {token}"}, body)


class ProvingTransport(httpx2.HTTPTransport):
    """Adds a proof of its key (RFC 9449) to each request, and asks again with the nonce it is given."""

    def __init__(self):
        super().__init__()
        self.key = ECKey.generate_key("P-256")
        self.nonce = None

    def handle_request(self, request):
        for _ in range(2):
            request.headers["DPoP"] = self.proof(request)
            answer = super().handle_request(request)
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if b'"use_dpop_nonce"' not in answer.read():
                break
        return answer

    def proof(self, request):
        address = request.url.copy_with(query=None, fragment=None)
        claims = {"htm": request.method, "htu": str(address), "jti": str(uuid.uuid4()), "iat": int(time.time())}
        if self.nonce:
            claims["nonce"] = self.nonce
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "DPoP":
            claims["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])


def sign_in_and_out(companion_url, browser):
    with OAuth2Client(
        "vestibule-desktop",
        token_endpoint_auth_method="none",
        code_challenge_method="S256",
        transport=ProvingTransport(),
        trust_env=False,
        timeout=30,
    ) as client:
        metadata = httpx2.get(f"{companion_url}/.well-known/oauth-authorization-server", trust_env=False, timeout=30).json()
        verifier = generate_token(48)
        begun = {}

        def push(redirect_uri):
            client.redirect_uri = redirect_uri
            address, begun["state"] = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
            parts = urlsplit(address)
            endpoint = metadata["pushed_authorization_request_endpoint"]
            pushed = client.request("POST", endpoint, withhold_token=True, data=dict(parse_qsl(parts.query)))
            assert pushed.status_code == 201, pushed.text
            query = urlencode({"client_id": client.client_id, "request_uri": pushed.json()["request_uri"]})
            return urlunsplit(parts._replace(query=query))

        answer = answer_of(browser, push)
        token_endpoint = metadata["token_endpoint"]
        first = dict(client.fetch_token(token_endpoint, authorization_response=answer, state=begun["state"], code_verifier=verifier))
        session = client.get(f"{companion_url}/api/v1/session").json()
        second = dict(client.refresh_token(token_endpoint, refresh_token=first["refresh_token"]))
        again = client.get(f"{companion_url}/api/v1/session").json()
        out = client.post(f"{companion_url}/api/v1/session/sign-out").json()
        after = client.get(f"{companion_url}/api/v1/session")
        return {
            "token_type": first["token_type"].lower(),
            "family_name": session["practitioner"]["family_name"],
            "same_session": session["sign_in_id"] == again["sign_in_id"],
            "new_tokens": first["access_token"] != second["access_token"] and first["refresh_token"] != second["refresh_token"],
            "sign_out": out,
            "after": after.status_code,
        }


main(sign_in_and_out)
