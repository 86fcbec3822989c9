// A small app of our own, as a publisher would write one: it pushes a request, waits on 127.0.0.1 and redeems the code.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

const text = (bytes) => Buffer.from(bytes).toString('base64url');

export async function startApp(companionUrl) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const codes = [];
  const listener = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (url.pathname.startsWith('/cb/')) codes.push(Object.fromEntries(url.searchParams));
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>app</title><h1>The app has its answer</h1>');
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const redirectUri = `http://127.0.0.1:${listener.address().port}/cb/${text(randomBytes(32))}`;
  const verifier = text(randomBytes(32));

  const proof = (path, nonce) => {
    const header = text(JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }));
    const claims = text(JSON.stringify({ jti: text(randomBytes(16)), htm: 'POST', htu: companionUrl + path, iat: Math.floor(Date.now() / 1000), nonce }));
    return `${header}.${claims}.${text(sign('sha256', Buffer.from(`${header}.${claims}`), { key: privateKey, dsaEncoding: 'ieee-p1363' }))}`;
  };
  const post = async (path, form) => {
    let nonce;
    for (;;) {
      const answer = await fetch(companionUrl + path, { method: 'POST', headers: { DPoP: proof(path, nonce) }, body: new URLSearchParams({ client_id: 'vestibule-desktop', ...form }) });
      const body = await answer.json();
      if (body.error !== 'use_dpop_nonce') return { status: answer.status, body };
      nonce = answer.headers.get('dpop-nonce');
    }
  };
  const { status, body } = await post('/oauth/par', {
    response_type: 'code', redirect_uri: redirectUri, code_challenge: text(createHash('sha256').update(verifier).digest()),
    code_challenge_method: 'S256', state: text(randomBytes(16)), device_label: 'ACCUEIL-03',
  });
  if (status !== 201) throw new Error(`no request was taken: ${JSON.stringify(body)}`);
  return {
    id: body.sign_in_id,
    number: body.match_number,
    address: `${companionUrl}/oauth/authorize?${new URLSearchParams({ client_id: 'vestibule-desktop', request_uri: body.request_uri })}`,
    /** What the browser brought, the latest last. */
    codes,
    redeem: (code) => post('/oauth/token', { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }),
    close: () => listener.close(),
  };
}
