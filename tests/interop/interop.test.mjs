// Thick clients built on five off-the-shelf OAuth libraries sign in at our companion over a slow line, many times in a row. Where a library
// knows no proofs or pushed requests, they are added around it; nothing of ours stands between library and companion.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { askedOfProvider, program, startServers } from '../desktop/stack.mjs';
import * as badgateway from './badgateway_client.mjs';
import * as openid from './openid_client.mjs';
import { signInByPolling } from './openid_client_polling.mjs';
import { slowLine } from './slow_line.mjs';

const run = promisify(execFile);
const folder = import.meta.dirname;
/** In a row, for each library. `./dev test interop-full` asks for fifty. */
const TIMES = Number(process.env.INTEROP_SIGN_INS ?? 5);
assert.ok(Number.isInteger(TIMES) && TIMES > 0, 'INTEROP_SIGN_INS is a number of sign-ins');
const LATENCY_MS = 80;
let servers;
let line;

before(async () => {
  line = await slowLine({ latencyMs: LATENCY_MS });
  servers = await startServers({ front: line.url });
  line.leadTo(servers.listener);
});
after(async () => { await line?.stop(); await servers?.stop(); });

// Camille FICTIF-EXEMPLE, in a browser without a screen.
const openBrowser = (...words) => run(program('scripted-browser'), words, { timeout: 60_000 });

const logouts = async () => (await askedOfProvider(servers)).filter((asked) => asked.endsWith('/logout')).length;

const EXPECTED = { token_type: 'dpop', family_name: 'FICTIF-EXEMPLE', same_session: true, new_tokens: true, sign_out: { psc_session: 'ended' }, after: 401 };

async function* here(signInAndOut) {
  for (let turn = 0; turn < TIMES; turn += 1) yield await signInAndOut(servers.companionUrl, openBrowser);
}

/** A program that prints one line of JSON each time. */
async function* elsewhere(command, ...words) {
  const child = spawn(command, [...words, servers.companionUrl, program('scripted-browser'), String(TIMES)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NO_PROXY: '127.0.0.1' } });
  const ended = new Promise((resolve, reject) => { child.on('error', reject); child.on('close', resolve); });
  for await (const told of createInterface({ input: child.stdout })) yield JSON.parse(told);
  assert.equal(await ended, 0, `${command} came to its end`);
}

const python = (script) => () => elsewhere(path.join(folder, '.venv/bin/python'), path.join(folder, script));

test(`each library signs in and out ${TIMES} times in a row over a line of ${LATENCY_MS} ms`, { concurrency: true }, async (suite) => {
  const before = await logouts();
  const libraries = [
    ['openid-client (npm)', () => here(openid.signInAndOut)],
    ['@badgateway/oauth2-client (npm)', () => here(badgateway.signInAndOut)],
    ['requests_oauth2client (PyPI)', python('requests_client.py')],
    ['Authlib (PyPI)', python('authlib_client.py')],
    ['oauth2 (crates.io)', () => elsewhere(program('oauth2-stranger'))],
  ];
  await Promise.all(libraries.map(([library, journeys]) => suite.test(library, async (told) => {
    let count = 0;
    for await (const seen of journeys()) {
      assert.deepEqual(seen, EXPECTED, `turn ${count + 1}`);
      count += 1;
    }
    assert.equal(count, TIMES);
    told.diagnostic(`${count} of ${TIMES}`);
  })));
  assert.equal(await logouts(), before + libraries.length * TIMES, 'one end of the session at the provider for each');
});

test('openid-client (npm) asks for its session while the person picks its number in a browser of her own', async () => {
  const seen = await signInByPolling(servers.companionUrl, openBrowser);
  assert.deepEqual(seen, { token_type: 'dpop', family_name: 'FICTIF-EXEMPLE', another_session: true, asked: 'number' });
});

test('openid-client (npm) quits by its own revocation, and the session at the provider is left alone', async () => {
  let asked;
  const after = await openid.signInAndQuit(servers.companionUrl, openBrowser, async () => { asked = await askedOfProvider(servers); });
  assert.equal(after, 401);
  assert.ok(asked.some((one) => one.endsWith('/token')), 'what the companion asks of the provider is recorded');
  assert.deepEqual(await askedOfProvider(servers), asked, 'the provider was asked for nothing more');
});
