// The same stranger in the polling exchange (RFC 8628). The person is known on this key: she signed in before, by the ordinary way.

import * as client from 'openid-client';
import * as jose from 'jose';

import { signIn } from './openid_client.mjs';

// Where the library proves nothing: RFC 9449 says nothing of the device authorization endpoint, our companion wants the key known from the start.
const provingDeviceAuthorization = (keys) => {
  let nonce;
  return async (address, options) => {
    if (new URL(address).pathname !== '/oauth/device_authorization') return fetch(address, options);
    const jwk = await jose.exportJWK(keys.publicKey);
    for (;;) {
      const proof = await new jose.SignJWT({ htm: options.method, htu: address, jti: crypto.randomUUID(), ...(nonce && { nonce }) })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk }).setIssuedAt().sign(keys.privateKey);
      const answer = await fetch(address, { ...options, headers: { ...options.headers, DPoP: proof } });
      if (answer.status !== 400 || nonce !== undefined) return answer;
      nonce = answer.headers.get('dpop-nonce');
    }
  };
};

export async function signInByPolling(companionUrl, openBrowser) {
  const keys = await client.randomDPoPKeyPair('ES256', { extractable: true });
  const known = await signIn(companionUrl, openBrowser, keys);
  const { config, DPoP } = known;
  config[client.customFetch] = provingDeviceAuthorization(keys);

  const code_verifier = client.randomPKCECodeVerifier();
  const started = await client.initiateDeviceAuthorization(config, {
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier), code_challenge_method: 'S256',
  });
  const [tokens] = await Promise.all([
    client.pollDeviceAuthorizationGrant(config, started, { code_verifier }, { DPoP }),
    openBrowser(started.verification_uri_complete, started.match_number),
  ]);
  const session = await (await client.fetchProtectedResource(config, tokens.access_token, new URL('/api/v1/session', companionUrl), 'GET',
    undefined, undefined, { DPoP })).json();
  return {
    token_type: tokens.token_type.toLowerCase(),
    family_name: session.practitioner.family_name,
    another_session: session.sign_in_id !== undefined && session.sign_in_id === tokens.session.sign_in_id && session.sign_in_id !== known.tokens.session.sign_in_id,
    asked: started.confirmation,
  };
}
