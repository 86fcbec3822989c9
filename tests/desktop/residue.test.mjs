// What the next person could find of the former one in the real window of a shared workstation: what it shows, what a screen reader hears of it,
// its titles, what was copied or selected, and every file that it and its web engine keep.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { startReader } from './reader.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const F2 = '\uE032';

const PLACES = ['the page', 'what a screen reader hears'];

let stack;
let reader;
let window;
let browser;
let asked = 0;

before(async () => {
  stack = await startStack({ browser: 'recorded', companion: '[workstations]\nshared = true\n' });
  window = await openWindow(stack, program('vestibule-app'));
  reader = startReader(stack);
});
after(async () => {
  await reader?.stop();
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  await stack?.stop();
});

const onScreen = () => ({ env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' });

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** As text in both ways in which the engine may have written it. */
function kept() {
  const folders = ['data', 'cache', 'config', 'state'].map((name) => path.join(stack.dir, name));
  return folders.flatMap((folder) => filesBelow(folder)).map((file) => {
    const bytes = readFileSync(file);
    return `${file} ${bytes.toString('utf8')} ${bytes.toString('utf16le')} ${bytes.subarray(1).toString('utf16le')}`;
  }).join('\n');
}

/** Everything that is held, as one text each. */
async function held() {
  const { heard, copied, selected } = await eventually('a screen reader hears the page', async () => {
    const read = await reader.reads();
    return found(JSON.stringify(read.heard), [await window.heading()]).length === 1 ? read : undefined;
  });
  return {
    'the page': await window.run('return document.documentElement.outerHTML'),
    'what a screen reader hears': JSON.stringify(heard),
    'the title of the page': await window.run('return document.title'),
    'the title of the window': execFileSync('wmctrl', ['-l'], onScreen()),
    'what was copied': copied,
    'what is selected': selected,
    'the files': kept(),
    'the storages': await window.run('return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, history.length, window.name])'),
  };
}

const plain = (text) => text.replace(/\s+/g, ' ');
const found = (text, words) => words.filter((word) => plain(text).includes(word));

async function signsIn(persona, begin) {
  await begin();
  browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[asked]));
  asked += 1;
  await browser.signIn(persona);
  await browser.close();
  await eventually('she chooses, or is at work', async () => /Choisissez votre situation|Se déconnecter/.test(await window.text()));
  if ((await window.text()).includes('Choisissez votre situation')) await window.choose('1');
  await window.until('F2');
  const { screen } = JSON.parse(await window.run('return window.__TAURI_INTERNALS__.invoke("view").then(JSON.stringify)'));
  const { family_name, given_name, situation, sign_in_id } = screen.session;
  return [family_name, given_name, situation.capacity, situation.place].map(plain).concat(sign_in_id);
}

/** She is seen wherever she is to be seen; all the text of the screen is selected, as by Ctrl+A. */
async function isSeen(hers) {
  await window.run('getSelection().selectAllChildren(document.body)');
  const all = await held();
  for (const place of PLACES) assert.ok(found(all[place], hers).length >= 2, `the search finds her in ${place}`);
  for (const place of ['the title of the page', 'the title of the window']) {
    assert.match(all[place], /Session ouverte/);
    assert.deepEqual(found(all[place], hers), [], 'lists of windows are read by whoever passes');
  }
  assert.match(all['what is selected'], /Se déconnecter/, 'the search reads what is selected');
}

async function isGone(hers, national) {
  for (const [place, text] of Object.entries(await held())) {
    // Logs tell which sign-in it was, and not whose.
    const words = place === 'the files' ? hers.slice(0, -1) : hers;
    assert.deepEqual(found(text, [...words, national]), [], `${place} still holds it`);
  }
}

const press = (name) => () => window.press(name);

test('the search reads what the web engine writes', async () => {
  await window.until('Identifiez-vous');
  await window.run('localStorage.setItem("planted", arguments[0])', 'semé-ici');
  await eventually('what the page stores is in a file', () => kept().includes('semé-ici'));
  await window.run('localStorage.clear()');
});

test('a sign-out leaves nothing of her', async () => {
  const hers = await signsIn('camille', press('S’identifier avec Pro Santé Connect'));
  assert.equal(hers.length, 5);
  await isSeen(hers);
  await window.press('Se déconnecter');
  await window.until('Identifiez-vous');
  await isGone(hers, '899700999016');
});

test('a change of user leaves nothing of the former one, before and after the next signs in', async () => {
  const hers = await signsIn('camille', press('S’identifier avec Pro Santé Connect'));
  await isSeen(hers);
  const before = stack.browser.asked().length;
  await window.keys(F2);
  await eventually('a browser was asked for', () => stack.browser.asked().length > before);
  await window.until('navigateur');
  await isGone(hers, '899700999016');

  const next = await signsIn('alix', async () => {});
  await isSeen(next);
  const shared = hers.filter((word) => !next.includes(word));
  assert.ok(shared.includes(hers[0]) && shared.includes(hers[1]), 'somebody else');
  await isGone(shared, '899700999016');
});

test('a session that runs out leaves nothing of her', async () => {
  const { screen } = JSON.parse(await window.run('return window.__TAURI_INTERNALS__.invoke("view").then(JSON.stringify)'));
  const { family_name, given_name, situation, sign_in_id } = screen.session;
  const hers = [family_name, given_name, situation.capacity, situation.place].map(plain).concat(sign_in_id);
  await isSeen(hers);
  execFileSync('sqlite3', ['-cmd', '.timeout 5000', stack.database, 'UPDATE sessions SET absolute_ends_at = 1 WHERE ended IS NULL']);
  // The companion says so at the end of the question that waits.
  await eventually('her session is over', async () => !(await window.text()).includes(family_name), 90);
  await isGone(hers, '899700999032');
});
