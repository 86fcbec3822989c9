// « Mes sessions » in the real window: she sees the session that another key of hers opened, ends it, and the companion has it no more.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const ENTER = '\uE007';
const ESCAPE = '\uE00C';

let stack;
let window;

before(async () => {
  stack = await startStack({ browser: 'recorded' });
  window = await openWindow(stack, program('vestibule-app'));
});
after(async () => {
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  await stack?.stop();
});

/** As on a workstation of its own: other folders, and a keyring of its own, which shares no key with the window's. */
function signInElsewhere() {
  const at = (name) => path.join(stack.dir, 'elsewhere', name);
  const env = {
    ...process.env, BROWSER: program('scripted-browser'), VESTIBULE_POLICY_FILE: stack.appEnvironment.VESTIBULE_POLICY_FILE,
    HOME: at(''), XDG_STATE_HOME: at('state'), XDG_CONFIG_HOME: at('config'), XDG_DATA_HOME: at('data'), XDG_RUNTIME_DIR: at('run'),
  };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY']) delete env[name];
  mkdirSync(at('run'), { recursive: true, mode: 0o700 });
  mkdirSync(at('data'));
  const keyring = 'printf elsewhere | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
  const told = execFileSync('dbus-run-session', ['--', 'sh', '-c', `${keyring}; exec "$0" login --json --situation first`, program('vestibule')],
    { env, stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000 });
  return JSON.parse(told).session.sign_in_id;
}

/** The sessions that the companion has open. */
const open = () => execFileSync(program('companion-server'), ['sessions', 'list', '--config', path.join(stack.dir, 'companion.toml')], { encoding: 'utf8' });

/** As by Tab and Enter: what is below the edge of the window is out of the pointer's reach. */
async function pressByKey(selector, name) {
  await window.run(`[...document.querySelectorAll(arguments[0])].find(({ innerText }) => innerText.includes(arguments[1])).focus()`, selector, name);
  await window.keys(ENTER);
}

test('a session that is ended from the window is gone in the companion', async () => {
  await window.until('Identifiez-vous');
  await window.press('S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  await browser.signIn('camille');
  await browser.close();
  await window.until('Choisissez votre situation');
  await window.choose('1');
  await window.press('Mes sessions');
  await window.until('Aucune session n’est ouverte à votre nom sur un autre poste');
  await window.press('Retour');

  const elsewhere = signInElsewhere();
  assert.ok(open().includes(elsewhere), `the companion has ${elsewhere}: ${open()}`);
  await window.press('Mes sessions');
  await window.until('2 sessions sont ouvertes');
  assert.match(await window.text(), /Ce poste/);
  await window.shot('15-mes-sessions');
  await pressByKey('.list button', 'Fermer la session');
  await window.until('Fermer cette session');
  assert.ok(open().includes(elsewhere), 'it is asked first');
  await pressByKey('dialog[open] button', 'Fermer la session');
  const closed = Date.now();
  await window.until('Une session a été fermée sur un autre poste');
  await window.until('Aucune session n’est ouverte à votre nom sur un autre poste');
  const left = open();
  assert.ok(!left.includes(elsewhere), left);
  const { screen } = JSON.parse(await window.run('return window.__TAURI_INTERNALS__.invoke("view").then(JSON.stringify)'));
  assert.ok(left.includes(screen.session.sign_in_id), 'hers on this workstation goes on');
  // A press that was on its way when a dialog closed does nothing behind it.
  await eventually('a key counts again', () => Date.now() - closed > 700);
  await window.keys(ESCAPE);
  await window.until('Changer de situation');
});
