"""What the Python strangers share: the loopback listener, the browser, and the account of what was seen."""

import json
import subprocess
import sys
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer


class Listener(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.answer = self.path
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def answer_of(browser, address_for):
    """The address that the browser comes back to, once it has been where `address_for(redirect_uri)` says."""
    listener = HTTPServer(("127.0.0.1", 0), Listener)
    listener.timeout = 60
    listener.answer = None
    origin = f"http://127.0.0.1:{listener.server_port}"
    try:
        person = subprocess.Popen([browser, address_for(f"{origin}/cb/{uuid.uuid4()}")])
        listener.handle_request()
    finally:
        listener.server_close()
    assert person.wait(60) == 0, "the browser did not come to an end"
    assert listener.answer, "the browser did not come back"
    return origin + listener.answer


def main(sign_in_and_out):
    """Arguments: companion, browser, how many times in a row. Prints one line of JSON each."""
    companion_url, browser, times = sys.argv[1:]
    for _ in range(int(times)):
        print(json.dumps(sign_in_and_out(companion_url, browser)), flush=True)
