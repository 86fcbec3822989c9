// The return by the app's private-use scheme: the desktop starts a second instance with the address, which hands it to the first.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, startStack, windowLog, writtenLogs } from './stack.mjs';
import { openWindow } from './window.mjs';

const SCHEME = 'fr.vestibule.app';
let stack;
let window;
let starts = 0;

before(async () => {
  stack = await startStack({ browser: 'recorded', policy: 'exchange = "scheme"\n' });
  register();
  window = await openWindow(stack, program('vestibule-app'));
});
after(async () => {
  await closeBrowsers();
  await window?.close();
  await stack?.stop();
});

/** The entry that our package installs, with the program of this build. */
function register() {
  const entry = readFileSync(new URL(`../../packaging/linux/${SCHEME}.desktop`, import.meta.url), 'utf8');
  const here = entry.replace(/^Exec=vestibule-app /m, `Exec=${program('vestibule-app')} `);
  assert.notEqual(here, entry, 'the entry starts vestibule-app');
  writeFileSync(path.join(stack.dir, `data/applications/${SCHEME}.desktop`), here);
  appendFileSync(path.join(stack.dir, 'config/mimeapps.list'), `x-scheme-handler/${SCHEME}=${SCHEME}.desktop\n`);
}

/** As the desktop does with the address; the second instance has ended when this returns. */
async function bring(address) {
  starts += 1;
  const second = stack.start('second', program('vestibule-app'), [address], stack.appEnvironment);
  await eventually('the second instance ends', () => second.exitCode !== null, 20);
  assert.equal(second.exitCode, 0);
}

/** Lines of the companion's log about requests to this path. */
const calls = (asked) => readFileSync(path.join(stack.dir, 'companion.log'), 'utf8').split('\n').filter((line) => line.includes('A request was answered') && line.includes(asked)).length;
/** How many addresses the window says it ignored. */
const ignored = () => windowLog(stack).split("An address of the app's scheme was ignored").length - 1;
const stray = (random = 'A'.repeat(43)) => `${SCHEME}:/cb/${random}?code=${'B'.repeat(43)}&state=${'C'.repeat(43)}&iss=${encodeURIComponent(stack.companionUrl)}`;

test('attack_25: nobody waits for an answer, so an address of the scheme does nothing', async () => {
  await window.until('Identifiez-vous');
  for (const address of [stray(), `${SCHEME}:/sign-in`, `${SCHEME}:/sign-out`, `${SCHEME}:/settings?companion_url=http://127.0.0.1:1/`]) await bring(address);
  await eventually('each was heard, and ignored', () => ignored() === starts);
  assert.match(await window.heading(), /Identifiez-vous/);
  assert.equal(calls('/oauth/'), 0, 'the companion was asked for nothing');
});

test('attack_25: while one is awaited, only that very one counts; it signs her in', async () => {
  await window.press('S’identifier avec Pro Santé Connect');
  await window.until('Continuez dans votre navigateur');
  const launch = await eventually('a browser was asked for', () => stack.browser.asked()[0]);
  assert.match(launch, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/go$/);
  const browser = await openBrowser(launch);
  await browser.identify('camille');
  // Whoever shares the machine may read the address: a new person proves to sit in front of this window.
  await browser.numbers();
  await window.until('vous demande un nombre');
  await browser.pick(await window.run("return document.querySelector('.number').textContent.trim()"));
  const letters = (await browser.letters()).replace(/\s/g, '');
  assert.match(letters, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
  await browser.page.locator(`a[href^="${SCHEME}:"]`).waitFor();
  await window.until('autorisez l’ouverture de l’application');
  const answer = await browser.page.locator(`a[href^="${SCHEME}:"]`).getAttribute('href');
  const url = new URL(answer);
  assert.deepEqual([...url.searchParams.keys()].sort(), ['code', 'iss', 'state']);

  await bring(stray());
  await bring(stray(url.pathname.slice('/cb/'.length)));
  await bring(`${answer}&code=${'D'.repeat(43)}`);
  await bring(answer.replace('/cb/', '/cb/../cb/'));
  await eventually('each was heard, and ignored', () => ignored() === starts);
  assert.match(await window.heading(), /Continuez dans votre navigateur/, 'it still waits');
  assert.equal(calls('/oauth/token'), 0, 'no session was asked for');

  // The desktop's own way from an address to the program.
  execFileSync('xdg-open', [answer], { env: { ...process.env, ...stack.appEnvironment }, stdio: 'ignore', timeout: 30_000 });
  await window.until('Saisissez le code affiché dans votre navigateur');
  await window.keys(...letters.toLowerCase());
  await window.keys('\uE007');
  await window.until('FICTIF-EXEMPLE');
  await window.choose('1');
  await window.until('Se déconnecter');

  assert.ok(calls('/oauth/par') > 0 && calls('/oauth/token') > 0, 'that is where such calls are written');

  await bring(answer);
  await eventually('it was heard, and ignored', () => ignored() === starts);
  assert.match(await window.heading(), /FICTIF-EXEMPLE/, 'brought again, it does nothing');
  await browser.close();
  const logs = writtenLogs(stack, { window: ['Signed in sign_in.id='], companion: ['A sign-in was started', 'An event was recorded', 'Pro Santé Connect vouches for a practitioner'], simulator: ['Tokens were issued'] });
  for (const secret of [letters, url.searchParams.get('code'), url.searchParams.get('state'), url.pathname]) assert.equal(logs.includes(secret), false);
});
