"""A thick client of a stranger: requests_oauth2client, as its documentation says to use it. Prints what it saw, as JSON."""

import json
import subprocess
import sys
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from requests_oauth2client import OAuth2Client, RepeatedDPoPNonce

companion_url, browser = sys.argv[1:]


class Listener(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.answer = self.path
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


client = OAuth2Client.from_discovery_endpoint(
    url=f"{companion_url}/.well-known/oauth-authorization-server",
    issuer=companion_url,
    client_id="vestibule-desktop",
    dpop_bound_access_tokens=True,
    testing=True,  # Plain http on loopback, as in the demonstration.
)
listener = HTTPServer(("127.0.0.1", 0), Listener)
listener.timeout = 30
redirect_uri = f"http://127.0.0.1:{listener.server_port}/cb/{uuid.uuid4()}"
request = client.authorization_request(redirect_uri=redirect_uri, scope=None, nonce=None)
pushed = client.pushed_authorization_request(request)

person = subprocess.Popen([browser, pushed.uri])
listener.handle_request()
listener.server_close()
assert person.wait(30) == 0, "the browser did not come to an end"
answer = request.validate_callback(f"http://127.0.0.1:{listener.server_port}{listener.answer}")

first = client.authorization_code(answer, validate=False)  # There is no ID token to validate: this is OAuth.
session = requests.get(f"{companion_url}/api/v1/session", auth=first, timeout=10)
session.raise_for_status()
second = client.refresh_token(first)
again = requests.get(f"{companion_url}/api/v1/session", auth=second, timeout=10)
again.raise_for_status()
out = requests.post(f"{companion_url}/api/v1/session/sign-out", auth=second, timeout=10)
out.raise_for_status()
try:
    after = requests.get(f"{companion_url}/api/v1/session", auth=second, timeout=10)
except RepeatedDPoPNonce as refused:  # The library takes every 401 for a request of another nonce.
    after = refused.response

json.dump(
    {
        "token_type": first.token_type.lower(),
        "family_name": session.json()["practitioner"]["family_name"],
        "same_session": session.json()["sign_in_id"] == again.json()["sign_in_id"],
        "new_tokens": first.access_token != second.access_token and first.refresh_token != second.refresh_token,
        "sign_out": out.json(),
        "after": after.status_code,
    },
    sys.stdout,
)
