// The whole way through the real window as a screen reader is given it: at each screen what has the focus is called by the heading and described by
// the text, lists are lists, a dialog is modal, and the focus is never on nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { startReader } from './reader.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const [ENTER, ESCAPE, CONTROL, F1] = ['\uE007', '\uE00C', '\uE009', '\uE031'];
/** Numbers of AT-SPI. */
const ROLES = { dialog: 16, list: 31, button: 43, progress: 42 };

let stack;
let window;
let reader;

before(async () => {
  stack = await startStack({ browser: 'recorded', policy: 'support_phone = "poste 4242"\n' });
  window = await openWindow(stack, program('vestibule-app'));
  reader = startReader(stack);
});
after(async () => {
  await reader?.stop();
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  await stack?.stop();
});

const plain = (text) => text.replace(/\s+/g, ' ').replace(/ ([,.])/g, '$1').trim();
/** Of the page: the panes around it have the focus with it. */
const focused = ({ states, attributes }) => states.includes('focused') && attributes.tag !== undefined;

/** What the screen says: its heading, and what it adds. */
const said = () => window.run(`
  const text = (id) => document.getElementById(id)?.innerText ?? '';
  return {
    heading: text('screen-title'),
    texts: ['screen-text', 'screen-place', 'screen-more', 'screen-new', 'screen-time'].map(text).filter((part) => part.trim() !== ''),
    lists: [...document.querySelectorAll('ul, ol')].filter((list) => list.checkVisibility()).length,
    title: document.title,
  };`);

/** Every time something received the focus since the screen before, the latest last. */
let received = [];

async function read() {
  const { heard, focused: gained } = await reader.reads();
  received.push(...gained);
  return heard.map((one) => ({ ...one, name: plain(one.name), description: plain(one.description) }));
}

/** The screen of this heading is there, and heard; `came` is the heading that it may have come under. Returns everything that is exposed. */
async function screen(heading, { own, came } = {}) {
  const heard = await eventually(`“${heading}” is heard`, async () => {
    const all = await read();
    const { heading: shown } = await said();
    const here = all.filter(focused);
    return plain(shown).includes(heading) && here.length === 1 && `${here[0].name} ${here[0].description}`.includes(plain(shown)) ? all : undefined;
  });
  const { heading: shown, texts, lists, title } = await said();
  const here = heard.find(focused);
  if (own === undefined) assert.equal(here.name, plain(shown));
  else assert.match(here.name, own);
  assert.equal(here.description, plain([...(own === undefined ? [] : [shown]), ...texts].join(' ')));
  await eventually(`and told as it came: “${here.name}”`, async () => {
    const last = received.at(-1);
    if (last?.role === here.role && [here.name, came].includes(plain(last.name))) return true;
    await read();
    return false;
  });
  received = [];
  assert.deepEqual(heard.filter(({ attributes }) => ['ul', 'ol'].includes(attributes.tag)).map(({ role }) => role), Array(lists).fill(ROLES.list), 'lists are lists');
  assert.deepEqual(heard.filter(({ role }) => role === ROLES.progress), []);
  assert.deepEqual(heard.filter(({ name, description, text }) => `${name}${description}${text}`.includes('·')), [], 'no dot is spoken');
  for (const { name } of heard.filter(({ role }) => role === ROLES.button)) assert.notEqual(name, '', 'a button says what it does');
  const windows = execFileSync('wmctrl', ['-l'], { env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' });
  assert.ok(plain(windows).includes(plain(title)), `${title} in ${windows}`);
  return heard;
}

const asked = (number) => eventually('a browser was asked for', () => stack.browser.asked()[number]);

test('the help is a modal dialog that reads what to do and every key, and gives the focus back', async () => {
  await screen('Identifiez-vous');
  await window.keys(F1);
  const { dialog, all } = await eventually('the dialog is heard', async () => {
    const every = await read();
    const found = every.find(({ role }) => role === ROLES.dialog);
    return found && { dialog: found, all: every };
  });
  assert.equal(dialog.name, 'Aide');
  assert.ok(dialog.states.includes('modal'));
  const keys = await window.run("return [...document.querySelectorAll('.keys kbd')].map((key) => key.textContent)");
  assert.ok(keys.length > 3, 'those of this screen');
  for (const key of keys) assert.ok(dialog.description.includes(plain(key)), `${key} in ${dialog.description}`);
  assert.match(dialog.description, /^Choisissez « S’identifier avec Pro Santé Connect »/);
  assert.equal(all.filter(({ role }) => role === ROLES.button).some(({ name }) => name === 'English'), false, 'nothing behind it is heard');
  const answer = await eventually('its answer has the focus', async () => (await read()).find((one) => one.role === ROLES.button && focused(one)));
  assert.equal(answer.name, 'Fermer');
  await window.keys(ESCAPE);
  const closed = Date.now();
  await screen('Identifiez-vous');
  // A press that was on its way when a dialog closed presses nothing behind it.
  await eventually('a key presses again', () => Date.now() - closed > 700);
});

test('from the sign-in to the signed-in screen and back, each screen is heard as it comes', async () => {
  await window.keys(ENTER);
  const waiting = await screen('Continuez dans votre navigateur', { came: 'Votre navigateur va s’ouvrir' });
  assert.ok(waiting.some(({ name }) => name.startsWith('Rouvrir le navigateur')));
  const browser = await openBrowser(await asked(0));
  await browser.identify('camille');
  await eventually('the number is heard', async () => {
    const number = await window.run("return document.querySelector('.number')?.textContent ?? ''");
    return number !== '' && (await read()).find(focused)?.description.includes(`le même nombre : ${number}`);
  });
  await browser.page.locator('form#confirmation button[value=accept]').click();
  await screen('situation d’exercice', { own: /^Médecin, médecine générale/ });
  await browser.close();
  await window.choose('1');
  const signedIn = await screen('FICTIF-EXEMPLE');
  assert.ok(signedIn.filter(({ attributes }) => attributes.tag === 'h1').length === 1);
  await window.press('Mes sessions');
  await screen('Mes sessions');
  await window.keys(ESCAPE);
  await screen('FICTIF-EXEMPLE');
  for (const [button, heading] of [['À propos', 'À propos'], ['Données personnelles', 'Données personnelles']]) {
    await window.run("[...document.querySelectorAll('button')].find(({ textContent }) => textContent.includes(arguments[0])).click()", button);
    await screen(heading);
  }
  await window.keys(ESCAPE);
  await screen('À propos');
  await window.keys(ESCAPE);
  await screen('FICTIF-EXEMPLE');
  await window.run("[...document.querySelectorAll('.foot button')].find(({ textContent }) => textContent.includes('Configuration')).click()");
  await screen('Configuration et diagnostic');
  await window.keys(ESCAPE);
  await screen('FICTIF-EXEMPLE');
  await window.chord(CONTROL, 'l');
  const locked = await screen('Session verrouillée');
  assert.match(locked.find(focused).description, /Verrouillée à \d+ h \d+ : .* Encore \d+ minutes avant sa fermeture\.$/);
  assert.deepEqual(locked.filter(({ name, description, text }) => `${name}${description}${text}`.includes('FICTIF')), [], 'her name is not heard any more');
  // Nothing is pressed in the half second after a session was hidden.
  await new Promise((resolve) => setTimeout(resolve, 600));
  await window.press('Se déconnecter');
  const out = await screen('Identifiez-vous');
  assert.ok(out.some(({ description }) => /Déconnexion terminée|Votre session est fermée/.test(description)), 'and how it ended');
});

test('a problem is heard with its cause and what to do', async () => {
  const before = stack.browser.asked().length;
  await window.keys(ENTER);
  const launch = new URL(await asked(before));
  // Answers that nobody gave end the wait as a precaution.
  await eventually('the wait is ended', async () => {
    await fetch(new URL('/cb/junk?code=1&state=2', launch)).catch(() => {}); // Nobody listens any more.
    return (await window.text()).includes('VST-1007');
  });
  const { heading } = await said();
  const heard = await screen(plain(heading));
  assert.ok(heard.some(({ name }) => name === 'Copier la référence'));
});
