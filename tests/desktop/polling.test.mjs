// The polling exchange with nothing replaced: the real window, and a Chromium with a profile of its own in the part of the other machine.
// The default browser of this desktop tells what it was asked to open, and opens nothing: as a browser that never comes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, secretsKnownTo, startStack, writtenLogs } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;
let window;
const secrets = [];

before(async () => {
  stack = await startStack({ browser: 'recorded' });
  window = await openWindow(stack, program('vestibule-app'));
});
after(async () => {
  await closeBrowsers();
  await window?.close();
  await stack?.stop();
});

const shown = (selector) => eventually(`${selector} on the screen`, () => window.run('return document.querySelector(arguments[0])?.textContent.trim() ?? null', selector));
/** The number and the address that the window shows now. */
async function offered() {
  const [number, link] = [await shown('.number'), await shown('.address')];
  assert.match(number, /^\d\d$/);
  assert.ok(link.startsWith(`${stack.companionUrl}/oauth/authorize?`), link);
  secrets.push(new URL(link).searchParams.get('request_uri'));
  return { number, link };
}

test('attack_13: a flood of answers that nobody gave ends the wait as a precaution, and another browser is offered', async () => {
  await window.until('Identifiez-vous');
  await window.press('S’identifier avec Pro Santé Connect');
  const launch = new URL(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  const junk = () => fetch(new URL('/cb/junk?code=1&state=2', launch)).then((answer) => answer.status, () => 'refused');
  const answers = [];
  for (let sent = 0; sent < 50; sent += 1) answers.push(await junk());
  assert.deepEqual([...new Set(answers)], [404]);
  assert.match(await window.heading(), /Continuez dans votre navigateur/, 'fifty change nothing');
  await junk();
  await window.until('VST-1007');
  await window.shot('11-prudence');
  assert.equal(await junk(), 'refused', 'nobody listens any more');
  await window.press('Mon navigateur est sur un autre poste');
  await offered();
  await window.press('Annuler');
  await window.until('Connexion annulée');
});

test('the browser never comes: after eight seconds the window offers another one by itself', async () => {
  await window.until('Identifiez-vous');
  // From before the press: the eight seconds begin later, when the browser was asked for.
  const began = performance.now();
  await window.press('S’identifier avec Pro Santé Connect');
  await window.until('Continuez dans votre navigateur');
  assert.equal(await window.run("return document.querySelector('details.help').open"), false);
  await eventually('the help unfolds by itself', () => window.run("return document.querySelector('details.help').open"), 20);
  const after = performance.now() - began;
  assert.ok(after >= 8_000, `only after the eight seconds, not ${Math.round(after)} ms`);
  await window.shot('7-navigateur-absent');
  await window.press('Mon navigateur est sur un autre poste');
});

test('new on this workstation: the number, then the letters of the page typed here, wrong ones first', async () => {
  const { number, link } = await offered();
  await window.shot('8-autre-poste');
  await window.press('Copier l’adresse');
  await eventually('the copy is told', async () => /Adresse (copiée|sélectionnée)/.test(await window.text()));

  const browser = await openBrowser(link);
  await browser.identify('camille');
  const numbers = await browser.numbers();
  assert.equal(numbers.length, 3);
  assert.ok(numbers.includes(number), 'the number of the window is among them');
  await window.until('vous demande un nombre');
  assert.equal(await shown('.number'), number);
  await browser.pick(number);
  const letters = await browser.letters();
  const code = letters.replace(/\s/g, '');
  assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
  secrets.push(code);
  // Too early: the title says so, the focus stays where it was, and Back leads to the letters.
  await browser.page.getByRole('link', { name: 'J’ai saisi le code' }).press('Enter');
  await browser.page.getByRole('heading', { name: 'Code pas encore saisi' }).waitFor();
  assert.equal(await browser.page.evaluate(() => document.activeElement.textContent), 'J’ai saisi le code');
  await browser.examine('companion-letters-early');
  await browser.page.goBack();
  await browser.page.getByRole('heading', { name: 'Code de confirmation' }).waitFor();
  assert.equal(await browser.page.locator('#letters').innerText(), letters);

  await window.until('Saisissez le code affiché dans votre navigateur');
  assert.equal(await window.run('return document.activeElement.id'), 'code-letters');
  await window.keys(...code.slice(0, 7).toLowerCase(), code.endsWith('B') ? 'C' : 'B');
  await window.keys('\uE007');
  await window.until('Ce n’est pas le code affiché');
  await window.until('et 4 tentatives');
  await window.shot('9-code');
  await window.keys(...letters.toLowerCase().replace(/\s+/g, ' '));
  await window.keys('\uE007');
  await window.until('FICTIF-EXEMPLE');
  await window.choose('1');
  await window.until('Se déconnecter');
  assert.match(await window.heading(), /Camille FICTIF-EXEMPLE/);
  await browser.close();
});

test('the second time the number is enough, and nobody has to choose another browser again', async () => {
  await window.press('Se déconnecter');
  await window.until('S’identifier avec Pro Santé Connect');
  await window.press('S’identifier avec Pro Santé Connect');
  const { number, link } = await offered();
  const browser = await openBrowser(link);
  await browser.identify('camille');
  await browser.numbers();
  await browser.pick(number);
  await browser.page.getByText('Vous pouvez revenir à l’application').waitFor();
  await window.until('FICTIF-EXEMPLE');
  await window.choose('1');
  await window.until('Se déconnecter');
  assert.match(await window.heading(), /Camille FICTIF-EXEMPLE/);

  // Her own page asks before anything ends.
  const heading = (name) => browser.page.getByRole('heading', { level: 1, name }).waitFor();
  await browser.examine('companion-return');
  await browser.page.getByRole('link', { name: 'Voir les postes qui vous connaissent' }).press('Enter');
  await heading('Les postes qui vous connaissent');
  await browser.examine('companion-workstations');
  await browser.page.getByRole('link', { name: /^Oublier .*, ce poste-ci, connu depuis le/ }).press('Enter');
  await heading(/^Oublier .*\?$/);
  await browser.examine('companion-forget');
  await browser.page.getByRole('link', { name: 'Annuler' }).press('Enter');
  await heading('Les postes qui vous connaissent');
  await browser.close();
});

test('attack_01: another number than the window shows opens nothing', async () => {
  await window.press('Se déconnecter');
  await window.until('S’identifier avec Pro Santé Connect');
  await window.press('S’identifier avec Pro Santé Connect');
  const { number, link } = await offered();
  const browser = await openBrowser(link);
  await browser.identify('camille');
  await browser.pick((await browser.numbers()).find((candidate) => candidate !== number));
  await browser.page.getByText('VST-2021').waitFor();
  await browser.examine('companion-wrong-number');
  await window.until('VST-2021');
  await window.shot('10-mauvais-nombre');
  await browser.close();
});

test('attack_05: the address serves once', async () => {
  await window.press('Réessayer');
  const { link } = await offered();
  const browser = await openBrowser(link);
  await browser.page.locator('#means-mobile').waitFor();
  await window.until('Identifiez-vous dans le navigateur');
  assert.equal(await window.run("return document.querySelector('.address')"), null, 'no longer shown');
  const stranger = await openBrowser(link);
  await stranger.page.getByText('Ce que vous pouvez faire').waitFor();
  assert.equal(await stranger.page.locator('#means-mobile').count(), 0);
  await Promise.all([browser.close(), stranger.close()]);
  await window.press('Annuler');
  await window.until('Connexion annulée');
});

test('the logs of it all, the window at TRACE, hold no letters, no address and no name', () => {
  const logs = writtenLogs(stack, { window: ['A sign-in started', 'Signed in sign_in.id='], companion: ['A sign-in was started', 'An event was recorded', 'Pro Santé Connect vouches for a practitioner'], simulator: ['Tokens were issued'] });
  assert.ok(secrets.length > 5 && secrets.every((secret) => secret?.length >= 8), 'there is something to look for');
  for (const secret of secrets) assert.equal(logs.includes(secret), false);
  assert.deepEqual(secretsKnownTo(stack)(logs), []);
  assert.doesNotMatch(logs, /FICTIF|Camille|eyJ|urn:ietf:params:oauth:request_uri:\w/);
});
