// A thick client of a stranger: openid-client, as its documentation says to use it. `signInAndOut` tells what it saw.

import * as client from 'openid-client';

import { answerOf } from './listener.mjs';

export async function signIn(companionUrl, openBrowser, keys) {
  const config = await client.discovery(new URL(companionUrl), 'vestibule-desktop', undefined, client.None(),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }); // Plain http on loopback, as in the demonstration.
  const DPoP = client.getDPoPHandle(config, keys);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const answer = await answerOf(client.randomState(), async (redirect_uri) => {
    const address = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri, state: expectedState, code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
    }, { DPoP });
    await openBrowser(address.href);
  });
  const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState }, undefined, { DPoP });
  return { config, DPoP, tokens };
}

export async function signInAndOut(companionUrl, openBrowser) {
  const { config, DPoP, tokens: first } = await signIn(companionUrl, openBrowser, await client.randomDPoPKeyPair('ES256'));
  const call = (tokens, method, path) => client.fetchProtectedResource(config, tokens.access_token, new URL(path, companionUrl), method, undefined, undefined, { DPoP });
  const session = await (await call(first, 'GET', '/api/v1/session')).json();
  const second = await client.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP });
  const again = await (await call(second, 'GET', '/api/v1/session')).json();
  const out = await (await call(second, 'POST', '/api/v1/session/sign-out')).json();
  const after = await call(second, 'GET', '/api/v1/session').then((answer) => answer.status, (error) => error.status);
  return {
    token_type: first.token_type.toLowerCase(),
    family_name: session.practitioner.family_name,
    same_session: session.sign_in_id !== undefined && session.sign_in_id === again.sign_in_id,
    new_tokens: first.access_token !== second.access_token && first.refresh_token !== second.refresh_token,
    sign_out: out,
    after,
  };
}

/** Quits as RECO 06 wants: the library's own revocation, which knows no proof. */
export async function signInAndQuit(companionUrl, openBrowser, signedIn) {
  const { config, DPoP, tokens } = await signIn(companionUrl, openBrowser, await client.randomDPoPKeyPair('ES256'));
  await signedIn();
  await client.tokenRevocation(config, tokens.refresh_token);
  const session = new URL('/api/v1/session', companionUrl);
  return client.fetchProtectedResource(config, tokens.access_token, session, 'GET', undefined, undefined, { DPoP }).then((answer) => answer.status, (error) => error.status);
}
