// A peer of `./dev bench`: express and express-openid-connect, as the library's documentation says to use them. Who it is and whom it asks stand
// in the environment, by the names that the library reads itself: BASE_URL, ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, SECRET.

import express from 'express';
import openid from 'express-openid-connect';

const { hostname, port } = new URL(process.env.BASE_URL);
express()
  // Every page is for those who signed in. Nothing is said of sessions: each is in its cookie, encrypted, and sealed anew at every answer.
  .use(openid.auth({
    authorizationParams: { response_type: 'code', scope: 'openid scope_all' },
    // Who practises what stands in userinfo alone, which the library asks for only when told to.
    afterCallback: async (request, _response, session) => ({ ...session, user: await request.oidc.fetchUserInfo() }),
  }))
  .get('/protected/', (_request, response) => response.send('hello'))
  .listen(port, hostname);
