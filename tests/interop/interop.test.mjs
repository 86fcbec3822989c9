// Two thick clients built on off-the-shelf OAuth libraries sign in at our companion: nothing of ours stands between library and companion.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { program, startServers } from '../desktop/stack.mjs';
import { signInAndOut } from './openid_client.mjs';
import { signInByPolling } from './openid_client_polling.mjs';

const run = promisify(execFile);
const folder = import.meta.dirname;
let servers;

before(async () => { servers = await startServers(); });
after(async () => { await servers?.stop(); });

// Camille FICTIF-EXEMPLE, in a browser without a screen.
const openBrowser = (...words) => run(program('scripted-browser'), words, { timeout: 30_000 });

const logouts = async () => {
  const journal = await (await fetch(`${servers.simulatorAdministration}/administration/journal`)).json();
  return journal.filter((entry) => entry.path.endsWith('/logout')).length;
};

const EXPECTED = { token_type: 'dpop', family_name: 'FICTIF-EXEMPLE', same_session: true, new_tokens: true, sign_out: { psc_session: 'ended' }, after: 401 };

for (const [library, journey] of [
  ['openid-client (npm)', () => signInAndOut(servers.companionUrl, openBrowser)],
  ['requests_oauth2client (PyPI)', async () => {
    const python = path.join(folder, '.venv/bin/python');
    const { stdout } = await run(python, [path.join(folder, 'requests_client.py'), servers.companionUrl, program('scripted-browser')],
      { timeout: 50_000, env: { ...process.env, NO_PROXY: '127.0.0.1' } });
    return JSON.parse(stdout);
  }],
]) {
  test(`${library} pushes, proves, signs in, reads the session, refreshes and signs out`, async () => {
    const before = await logouts();
    assert.deepEqual(await journey(), EXPECTED);
    assert.equal(await logouts(), before + 1, 'one end of the session at the provider');
  });
}

test('openid-client (npm) asks for its session while the person picks its number in a browser of her own', async () => {
  const seen = await signInByPolling(servers.companionUrl, openBrowser);
  assert.deepEqual(seen, { token_type: 'dpop', family_name: 'FICTIF-EXEMPLE', another_session: true, asked: 'number' });
});
