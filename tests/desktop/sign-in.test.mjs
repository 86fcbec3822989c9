// The whole job with nothing replaced: the real window under a virtual screen, a real Chromium as default browser, a real keyring.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { takeBrowser } from './person.mjs';
import { eventually, program, startStack, writtenLogs } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;

before(async () => { stack = await startStack(); });
after(async () => { await stack?.stop(); });

const journal = async () => (await fetch(`${stack.simulatorAdministration}/administration/journal`)).json();
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

  await t.test('attack_39, exi_25: nothing secret is within reach of the page', async () => {
    const view = await window.run('return JSON.stringify(Object.keys(window.__TAURI_INTERNALS__ ?? {})) + JSON.stringify({ ...localStorage }) + document.cookie');
    assert.doesNotMatch(view, /token|eyJ/i);
  });

  await window.press('S’identifier avec Pro Santé Connect');
  await window.until('navigateur');
  await window.shot('2-navigateur');
  const browser = await takeBrowser(stack);
  await eventually('the browser was asked', () => stack.browser.asked().length === 1);
  assert.match(stack.browser.asked()[0], /^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/go$/, 'only our own launch address reaches the command line');
  await browser.signIn('camille');

  await window.until('FICTIF-EXEMPLE');
  await window.until('situation');
  await window.shot('3-situation');
  await window.keys('1');
  await window.until('Se déconnecter');
  assert.match(await window.heading(), /Camille FICTIF-EXEMPLE/);
  await window.shot('4-connecte');

  await t.test('attack_39: no answer of the shell to the page bears anything of the exchange', async () => {
    const ask = (command) => window.run('return window.__TAURI_INTERNALS__.invoke(arguments[0]).then((answer) => JSON.stringify(answer), () => "refused")', command);
    const view = await ask('view');
    assert.match(view, /FICTIF-EXEMPLE/, 'the answer is the signed-in view');
    assert.doesNotMatch(view, /token|eyJ|secret|verifier|urn:ietf|\/cb\/|[\w-]{40,}/i);
    for (const command of ['token', 'session', 'tokens', 'plugin:shell|open', 'plugin:opener|open_url', 'plugin:fs|read_file', 'plugin:http|fetch']) {
      assert.equal(await ask(command), 'refused', command);
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
    for (const [name, path] of Object.entries(others)) {
      await browser.page.goto(stack.companionUrl + path);
      await browser.examine(`companion-${name}`);
    }
    assert.deepEqual(browser.violations, []);
  });
  await browser.close();
  await window.close();
});
