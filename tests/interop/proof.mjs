// A proof of the device key (RFC 9449) around a library that makes none: a `fetch` that adds it, and asks again with the nonce it is given.

import * as jose from 'jose';

const hash = async (text) => jose.base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));

/** `fetch` for one key. A bearer token becomes one that is bound to the key. */
export async function provingFetch() {
  const keys = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = await jose.exportJWK(keys.publicKey);
  let nonce;
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? undefined : await request.text();
    const token = request.headers.get('authorization')?.match(/^(?:Bearer|DPoP) (.+)$/)?.[1];
    const { origin, pathname } = new URL(request.url);
    for (let tries = 2; ; tries -= 1) {
      const claims = { htm: request.method, htu: origin + pathname, jti: crypto.randomUUID(), ...(nonce && { nonce }), ...(token && { ath: await hash(token) }) };
      const headers = new Headers(request.headers);
      headers.set('DPoP', await new jose.SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk }).setIssuedAt().sign(keys.privateKey));
      if (token) headers.set('Authorization', `DPoP ${token}`);
      const answer = await fetch(request.url, { method: request.method, headers, body });
      nonce = answer.headers.get('dpop-nonce') ?? nonce;
      const asked = (await answer.clone().text()).includes('"use_dpop_nonce"');
      if (!asked || tries === 1) return answer;
    }
  };
}
