// The whole job with nothing replaced: the real window under a virtual screen, a real Chromium as default browser, a real keyring.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { takeBrowser } from './person.mjs';
import { askedOfProvider, eventually, program, secretsKnownTo, startStack, windowLog, writtenLogs } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;

before(async () => { stack = await startStack(); });
after(async () => { await stack?.stop(); });

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

const logouts = async () => (await askedOfProvider(stack)).filter((asked) => asked.endsWith('/logout')).length;

test('exi_25 and exi_26: she signs in through her own browser, works, and signs out of both sessions', async (t) => {
  const window = await openWindow(stack, program('vestibule-app'));
  await window.until('Pro Santé Connect');
  await window.shot('1-connexion');

  await t.test('attack_39, exi_25: no page but the bundled ones ever loads in the window', async () => {
    const home = await window.address();
    const refused = () => windowLog(stack).split('A page that is not bundled tried to load in the window and was refused').length - 1;
    const foreign = [`http://127.0.0.1:${stack.wallet}/auth`, `${stack.companionUrl}/terms`, 'https://wallet.esw.esante.gouv.fr/auth'];
    for (const [number, address] of foreign.entries()) {
      await window.run('location.href = arguments[0]', address);
      await eventually('the shell refuses to go there', () => refused() > number);
      await window.run('const link = document.createElement("a"); link.href = arguments[0]; link.target = "_blank"; document.body.append(link); link.click(); link.remove();', address);
      assert.equal(await window.run('return window.open(arguments[0]) === null', address), true);
      const violated = await window.run(`const [address] = arguments;
        const violation = new Promise((done) => document.addEventListener('securitypolicyviolation', (event) => done([event.effectiveDirective, event.blockedURI]), { once: true }));
        const frame = document.createElement('iframe');
        frame.src = address;
        document.body.append(frame);
        return violation.finally(() => frame.remove());`, address);
      assert.deepEqual(violated, ['frame-src', new URL(address).origin], 'a frame is stopped by the policy of the page');
    }
    assert.equal(await window.address(), home);
    // Asked last, and there: what came before would be there too.
    await fetch(`http://127.0.0.1:${stack.wallet}/auth`);
    assert.deepEqual((await askedOfProvider(stack)).filter((asked) => asked === 'GET /auth'), ['GET /auth'], 'the provider was asked for a page by this test alone');
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
  await window.choose('1');
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
    const onScreen = { env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' };
    const active = () => {
      const id = /0x[0-9a-f]+/.exec(execFileSync('xprop', ['-root', '_NET_ACTIVE_WINDOW'], onScreen))?.[0];
      return id === undefined ? '' : execFileSync('xprop', ['-id', id, 'WM_NAME', '_NET_WM_NAME'], onScreen);
    };
    const other = spawn('xev', ['-name', 'un autre logiciel'], { ...onScreen, stdio: 'ignore' });
    await eventually('another window is in front', () => active().includes('un autre logiciel'));
    const second = stack.start('second', program('vestibule-app'), [], stack.appEnvironment);
    await eventually('the second one ends', () => second.exitCode !== null, 20);
    assert.equal(second.exitCode, 0);
    await eventually('the window is in front', () => active().includes('Dossier Exemple'));
    other.kill();
    await once(other, 'exit');
  });

  assert.equal(await logouts(), 0);
  await window.press('Se déconnecter');
  await window.until('S’identifier avec Pro Santé Connect');
  await window.shot('5-deconnecte');
  assert.equal(await logouts(), 1, 'exi_20: exactly one end of the session at the provider');

  await t.test('exi_05: the logs of the whole journey, the window at TRACE, hold no name, identifier or token', () => {
    const logs = writtenLogs(stack, { window: ['Signed in sign_in.id=', 'Signed out'], companion: ['A sign-in was started', 'An event was recorded', 'Pro Santé Connect vouches for a practitioner'], simulator: ['Tokens were issued'] });
    assert.deepEqual(secretsKnownTo(stack)(logs), []);
    assert.doesNotMatch(logs, /FICTIF|Camille|899700999016|eyJ/);
  });

  await t.test('axe-core has nothing to say of any page in the browser', async () => {
    const others = { terms: '/terms', privacy: '/privacy', accessibility: '/accessibility', 'signed-out': '/psc/logout-return', problem: '/psc/callback', unknown: '/nowhere' };
    for (const [name, place] of Object.entries(others)) {
      await browser.page.goto(stack.companionUrl + place);
      await browser.examine(`companion-${name}`);
    }
    await browser.close();
  });
  await window.close();
});
