// The end is near and she works elsewhere: the window asks for attention where it is, and the desktop shows a notice that names nobody.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;
let desktop;
let window;
const calls = [];

before(async () => {
  // A session of five minutes: its end at the latest is announced as soon as it begins.
  stack = await startStack({ browser: 'recorded', companion: '[session]\nidle_limit_minutes = 5\nabsolute_limit_minutes = 5\n' });
  desktop = spawn(program('notification-server'), { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: desktop.stdout }).on('line', (line) => calls.push(JSON.parse(line)));
  await eventually('the notices of the desktop', () => calls.some(({ call }) => call === 'ready'));
  window = await openWindow(stack, program('vestibule-app'));
});
after(async () => {
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  if (desktop?.kill() === true) await once(desktop, 'exit');
  await stack?.stop();
});

test('attack_47: what the window writes is behind folders of the person alone', async () => {
  await window.until('Identifiez-vous');
  const mode = (name) => (statSync(path.join(stack.dir, name)).mode & 0o777).toString(8);
  const folders = ['state/vestibule', 'state/vestibule/logs', 'data/fr.vestibule.app', 'cache/fr.vestibule.app'].filter((name) => existsSync(path.join(stack.dir, name)));
  assert.ok(folders.length >= 3, folders.join(' '));
  assert.deepEqual(folders.map((name) => [name, mode(name)]), folders.map((name) => [name, '700']));
  const logs = readdirSync(path.join(stack.dir, 'state/vestibule/logs'));
  assert.ok(logs.length > 0);
  for (const name of logs) assert.equal(mode(`state/vestibule/logs/${name}`), '600', name);
});

/** What the window manager is told of the window. */
function hints() {
  const told = (command, ...given) => execFileSync(command, given, { env: { ...process.env, DISPLAY: stack.display }, encoding: 'utf8' });
  const [, id] = /^(\S+).* Dossier Exemple$/m.exec(told('wmctrl', '-l'));
  return told('xprop', '-id', id, 'WM_HINTS', '_NET_WM_STATE');
}
const asks = () => /urgency hint|DEMANDS_ATTENTION/.test(hints());

test('the warning before the end is seen outside the window, names nobody, and goes away when she is back', async () => {
  await window.until('Identifiez-vous');
  assert.equal(asks(), false);
  await window.press('S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  await browser.signIn('camille');
  const shown = await eventually('a notice', () => calls.find(({ call }) => call === 'notify'));
  assert.match(shown.summary, /Dossier Exemple.*votre session va se fermer/);
  assert.match(shown.body, /cinq minutes/);
  assert.doesNotMatch(JSON.stringify(shown), /FICTIF|Camille/i);
  await eventually('the window asks for attention', asks);
  await browser.close();

  await window.until('Choisissez votre situation');
  await window.until('Encore 4 minutes');
  await window.shot('14-bientot-la-fin');
  await window.choose('1');
  await eventually('the notice is taken away', () => calls.some(({ call, id }) => call === 'close' && id === 7));
  await eventually('the window asks no more', () => !asks());
});
