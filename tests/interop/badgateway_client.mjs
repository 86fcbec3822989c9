// A thick client of a stranger: @badgateway/oauth2-client. It knows neither DPoP nor pushed requests: both are added around it.

import { OAuth2Client, generateCodeVerifier } from '@badgateway/oauth2-client';

import { answerOf } from './listener.mjs';
import { provingFetch } from './proof.mjs';

export async function signInAndOut(companionUrl, openBrowser) {
  const proving = await provingFetch();
  // The library keeps the type of a token to itself: it is read as it passes.
  let tokenType;
  const fetch = async (input, init) => {
    const answer = await proving(input, init);
    if (answer.url.endsWith('/oauth/token')) tokenType = (await answer.clone().json()).token_type;
    return answer;
  };
  const client = new OAuth2Client({
    server: companionUrl, clientId: 'vestibule-desktop', discoveryEndpoint: '/.well-known/oauth-authorization-server', fetch,
  });
  const codeVerifier = await generateCodeVerifier();
  const state = crypto.randomUUID();
  let redirectUri;
  const answer = await answerOf(crypto.randomUUID(), async (address) => {
    redirectUri = address;
    const built = new URL(await client.authorizationCode.getAuthorizeUri({ redirectUri, state, codeVerifier }));
    const pushed = await (await fetch(`${companionUrl}/oauth/par`, { method: 'POST', body: built.searchParams })).json();
    const page = new URL(built.pathname, built);
    page.search = new URLSearchParams({ client_id: 'vestibule-desktop', request_uri: pushed.request_uri });
    await openBrowser(page.href);
  });
  const first = await client.authorizationCode.getTokenFromCodeRedirect(answer, { redirectUri, state, codeVerifier });
  const call = (tokens, method, path) => fetch(companionUrl + path, { method, headers: { Authorization: `DPoP ${tokens.accessToken}` } });
  const session = await (await call(first, 'GET', '/api/v1/session')).json();
  const second = await client.refreshToken(first);
  const again = await (await call(second, 'GET', '/api/v1/session')).json();
  const out = await (await call(second, 'POST', '/api/v1/session/sign-out')).json();
  const after = (await call(second, 'GET', '/api/v1/session')).status;
  return {
    token_type: tokenType.toLowerCase(),
    family_name: session.practitioner.family_name,
    same_session: session.sign_in_id !== undefined && session.sign_in_id === again.sign_in_id,
    new_tokens: first.accessToken !== second.accessToken && first.refreshToken !== second.refreshToken,
    sign_out: out,
    after,
  };
}
