// The loopback listener of a thick client (RFC 8252 section 7.3): one answer, and the browser that brings it.

import http from 'node:http';
import { once } from 'node:events';

/** Waits for the answer that `visit(redirectUri)` leads to; `visit` opens the browser and resolves when that has come to its end. */
export async function answerOf(random, visit) {
  const listener = http.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const redirectUri = `http://127.0.0.1:${listener.address().port}/cb/${random}`;
  try {
    const browser = visit(redirectUri);
    // A browser that gives up never comes back: its failure is then what is told.
    const [request, response] = await Promise.race([once(listener, 'request'), browser.then(() => { throw new Error('the browser ended elsewhere'); })]);
    response.end('Vous pouvez revenir.');
    await browser;
    return new URL(request.url, redirectUri);
  } finally {
    listener.close();
    listener.closeAllConnections();
  }
}
