// The loopback listener of a thick client (RFC 8252 section 7.3): one answer, and the browser that brings it.

import http from 'node:http';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

/** What a person is given, once the browser was opened. */
const PATIENCE_MS = 300_000;

/** Waits for the answer that `visit(redirectUri)` leads to; `visit` opens the browser, and may resolve before the person is done. */
export async function answerOf(random, visit) {
  const listener = http.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const redirectUri = `http://127.0.0.1:${listener.address().port}/cb/${random}`;
  try {
    const browser = visit(redirectUri);
    // A browser that gives up never comes back: its failure is then what is told. One that was only launched is waited for.
    const nobody = browser.then(() => setTimeout(PATIENCE_MS, undefined, { ref: false })).then(() => { throw new Error('nobody came back'); });
    const [request, response] = await Promise.race([once(listener, 'request'), nobody]);
    response.end('Vous pouvez revenir.');
    await browser;
    return new URL(request.url, redirectUri);
  } finally {
    listener.close();
    listener.closeAllConnections();
  }
}
