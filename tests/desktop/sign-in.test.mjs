// The whole job with nothing replaced: the real window under a virtual screen, a real Chromium as default browser, a real keyring.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { takeBrowser } from './person.mjs';
import { eventually, program, startStack, writtenLogs } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;

before(async () => { stack = await startStack(); });
after(async () => { await stack?.stop(); });

const journal = async () => (await fetch(`${stack.simulatorAdministration}/administration/journal`)).json();

/** Finds in a text the secrets of the exchange: words whose hash lies in the companion’s database. */
function secretsKnownTo(stack) {
  const base = path.join(stack.dir, 'base');
  const memory = Buffer.concat(readdirSync(base).map((name) => readFileSync(path.join(base, name))));
  return (text) => [...new Set(text.match(/[\w-]{43,}/g) ?? [])].filter((word) => memory.includes(createHash('sha256').update(word).digest()));
}

/** Puts a word into every place that the search must reach. */
const plant = `const [word, places] = arguments;
  localStorage.setItem('planted', 'local-' + word);
  sessionStorage.setItem('planted', 'session-' + word);
  document.cookie = 'planted=cookie-' + word;
  window.planted = { deep: [{ er: 'global-' + word }] };
  document.body.dataset.planted = 'page-' + word;
  return new Promise((done, failed) => {
    const opening = indexedDB.open('planted');
    opening.onupgradeneeded = () => opening.result.createObjectStore('words');
    opening.onerror = failed;
    opening.onsuccess = () => {
      const writing = opening.result.transaction('words', 'readwrite');
      writing.objectStore('words').put('database-' + word, 1);
      writing.oncomplete = () => { opening.result.close(); done(places.length); };
    };
  });`;

/** Every text that a script of the page could read: storages, cookies, databases, the page itself, and whatever hangs on a global. */
const withinReach = `const texts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie, document.documentElement.outerHTML];
  const seen = new Set();
  const look = (value, depth) => {
    if (typeof value === 'string') texts.push(value);
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value) || depth > 8 || value instanceof Node) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      texts.push(String(key));
      try { look(value[key], depth + 1); } catch { /* A getter that refuses holds nothing for a script either. */ }
    }
    if (value instanceof Map) for (const pair of value) look(pair, depth + 1);
    if (value instanceof Set) for (const item of value) look(item, depth + 1);
  };
  look(window, 0);
  const all = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = failed; });
  return (async () => {
    for (const { name } of await indexedDB.databases()) {
      const database = await all(indexedDB.open(name));
      for (const store of database.objectStoreNames) look(await all(database.transaction(store).objectStore(store).getAll()), 0);
      database.close();
    }
    return texts.join('\\n');
  })();`;

const logouts = async () => (await journal()).filter((entry) => entry.path.endsWith('/logout')).length;

test('exi_25 and exi_26: she signs in through her own browser, works, and signs out of both sessions', async (t) => {
  const window = await openWindow(stack, program('vestibule-app'));
  await window.until('Pro Santé Connect');
  await window.shot('1-connexion');

  await t.test('attack_39, exi_25: no page but the bundled ones ever loads in the window', async () => {
    const home = await window.address();
    for (const foreign of [`http://127.0.0.1:${stack.wallet}/auth`, `${stack.companionUrl}/terms`, 'https://wallet.esw.esante.gouv.fr/auth']) {
      await window.run('location.href = arguments[0]', foreign);
      await window.run('const link = document.createElement("a"); link.href = arguments[0]; link.target = "_blank"; document.body.append(link); link.click(); link.remove();', foreign);
      assert.equal(await window.run('return window.open(arguments[0]) === null', foreign), true);
      assert.equal(await window.run('const frame = document.createElement("iframe"); frame.src = arguments[0]; document.body.append(frame); return frame.contentDocument === null ? "loaded" : frame.contentDocument.URL', foreign) === 'loaded', false);
      await window.run('document.querySelector("iframe")?.remove()');
    }
    assert.equal(await window.address(), home);
    assert.equal((await journal()).filter((entry) => entry.path === '/auth').length, 0, 'the provider was never asked for a page');
  });

  await window.press('S’identifier avec Pro Santé Connect');
  await window.until('navigateur');
  await window.shot('2-navigateur');
  const browser = await takeBrowser(stack);
  await eventually('the browser was asked', () => stack.browser.asked().length === 1);
  assert.match(stack.browser.asked()[0], /^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/go$/, 'only our own launch address reaches the command line');
  const met = [];
  browser.page.on('request', (request) => met.push(request.url()));
  await browser.signIn('camille');

  await window.until('FICTIF-EXEMPLE');
  await window.until('situation');
  await window.shot('3-situation');
  await window.keys('1');
  await window.until('Se déconnecter');
  assert.match(await window.heading(), /Camille FICTIF-EXEMPLE/);
  await window.shot('4-connecte');

  await t.test('attack_39, exi_25: nothing secret is within reach of the page', async () => {
    const known = secretsKnownTo(stack);
    assert.ok(known(met.join(' ')).length >= 2, 'the search recognises secrets: state and code in the browser’s addresses');
    const planted = randomBytes(32).toString('base64url');
    const places = ['local', 'session', 'global', 'page', 'database'];
    await window.run(plant, planted, places);
    assert.equal(await window.run('return document.cookie'), '', 'a page of the shell’s own scheme can hold no cookie');
    const reach = await window.run(withinReach);
    for (const place of places) assert.ok(reach.includes(`${place}-${planted}`), `the search finds what lies in: ${place}`);
    assert.equal(known(reach).length, 0, 'a token, a code or a state is within reach');
    assert.doesNotMatch(reach, /eyJ[\w-]{10,}\./);
  });

  await t.test('attack_39: no answer of the shell to the page bears anything of the exchange', async () => {
    const ask = (command) => window.run('return window.__TAURI_INTERNALS__.invoke(arguments[0]).then((answer) => JSON.stringify(answer), () => "refused")', command);
    const view = await ask('view');
    assert.match(view, /FICTIF-EXEMPLE/, 'the answer is the signed-in view');
    assert.doesNotMatch(view, /token|eyJ|secret|verifier|urn:ietf|\/cb\/|[\w-]{40,}/i);
    const order = (command, argument) => window.run('return window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1]).then((answer) => "obeyed: " + JSON.stringify(answer), String)', command, argument);
    const address = `${stack.companionUrl}/terms`;
    const orders = {
      token: {}, session: {}, tokens: {}, sign_in: {},
      'plugin:shell|open': { path: address }, 'plugin:shell|execute': { program: 'id', args: [], options: {} }, 'plugin:opener|open_url': { url: address },
      'plugin:fs|read_file': { path: '/etc/hostname' }, 'plugin:fs|read_text_file': { path: '/etc/hostname' },
      'plugin:http|fetch': { clientConfig: { method: 'GET', url: address, headers: [], data: null } },
      'plugin:webview|create_webview_window': { options: { label: 'another', url: address } }, 'plugin:window|create': { options: { label: 'another' } },
      'plugin:webview|webview_close': { label: 'main' }, 'plugin:window|close': { label: 'main' }, 'plugin:app|version': {}, 'plugin:path|resolve_directory': { directory: 1 },
      'plugin:event|emit': { event: 'view', payload: {} },
    };
    // Well made, so that only the shell’s own refusal stops them; and one that is open shows that orders of this form are obeyed.
    assert.match(await order('request', { request: { name: 'activity' } }), /^obeyed/);
    for (const [command, argument] of Object.entries(orders)) {
      assert.match(await order(command, argument), /not allowed|not found/i, command);
    }
  });

  await t.test('a second start brings the first window forward and ends', async () => {
    const second = stack.start('second', program('vestibule-app'), [], stack.appEnvironment);
    await eventually('the second one ends', () => second.exitCode !== null, 20);
    assert.equal(second.exitCode, 0);
  });

  assert.equal(await logouts(), 0);
  await window.press('Se déconnecter');
  await window.until('S’identifier avec Pro Santé Connect');
  await window.shot('5-deconnecte');
  assert.equal(await logouts(), 1, 'exi_20: exactly one end of the session at the provider');

  await t.test('exi_05: the logs of the whole journey, the window at TRACE, hold no name, identifier or token', () => {
    const logs = writtenLogs(stack);
    for (const sentence of ['signed in sign_in.id=', 'A sign-in was started', 'Tokens were issued', 'signed out']) assert.ok(logs.includes(sentence), sentence);
    assert.doesNotMatch(logs, /FICTIF|Camille|899700999016|eyJ/);
  });

  await t.test('axe-core has nothing to say of any page in the browser', async () => {
    const others = { terms: '/terms', privacy: '/privacy', accessibility: '/accessibility', 'signed-out': '/psc/logout-return', problem: '/psc/callback', unknown: '/nowhere' };
    for (const [name, place] of Object.entries(others)) {
      await browser.page.goto(stack.companionUrl + place);
      await browser.examine(`companion-${name}`);
    }
    assert.deepEqual(browser.violations, []);
  });
  await browser.close();
  await window.close();
});
