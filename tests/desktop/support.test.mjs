// « Configuration et diagnostic » in the real window: the checks are run, and a report is made while somebody is signed in that names her nowhere.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const ENTER = '\uE007';
const ESCAPE = '\uE00C';

let stack;
let window;
let downloads;

before(async () => {
  stack = await startStack({ browser: 'recorded', policy: 'support_phone = "poste 4242"\n' });
  downloads = path.join(stack.dir, 'Téléchargements');
  mkdirSync(downloads);
  mkdirSync(path.join(stack.dir, 'config'), { recursive: true });
  // As xdg-user-dirs writes it.
  writeFileSync(path.join(stack.dir, 'config', 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  window = await openWindow(stack, program('vestibule-app'));
});
after(async () => {
  await closeBrowsers();
  await window?.close().catch(() => {}); // The driver may have noticed first.
  await stack?.stop();
});

/** As by Tab and Enter: what is below the edge of the window is out of the pointer's reach. */
async function pressByKey(name) {
  await eventually(`a button named “${name}”`, () => window.run(`
    const button = [...document.querySelectorAll('button')].find(({ innerText }) => innerText.includes(arguments[0]));
    button?.focus();
    return button !== undefined;`, name));
  await window.keys(ENTER);
}

test('a report made from the window holds none of the names of whoever is signed in', async () => {
  await window.until('Identifiez-vous');
  await window.press('S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await eventually('a browser was asked for', () => stack.browser.asked()[0]));
  await browser.signIn('camille');
  await browser.close();
  await window.until('Choisissez votre situation');
  await window.choose('1');
  await window.until('Mes sessions');
  const view = JSON.parse(await window.run('return window.__TAURI_INTERNALS__.invoke("view").then(JSON.stringify)'));
  const { given_name: given, family_name: family, sign_in_id: id } = view.screen.session;
  assert.ok(given.length > 2 && family.length > 2);
  // What no line of ours would say, and a line of somebody else's might.
  const logs = path.join(stack.dir, 'state', 'vestibule', 'logs');
  const [log] = readdirSync(logs).filter((name) => name.endsWith('.log'));
  appendFileSync(path.join(logs, log), `2026-11-28T08:00:00.000001Z DEBUG another: of ${given} ${family.toLowerCase()} sign_in.id=${id}\n`);

  await pressByKey('Configuration et diagnostic');
  await window.until('poste 4242');
  await pressByKey('Lancer le diagnostic');
  await window.until('Diagnostic terminé', 90);
  await window.shot('16-reglages-et-diagnostic');
  await pressByKey('Préparer le rapport');
  await window.until('Voici tout ce que le rapport contiendra', 90);
  assert.deepEqual(readdirSync(downloads), [], 'nothing is written before she says so');
  await window.shot('17-rapport-avant');
  await pressByKey('state.json');
  await window.until('"window": "signed_in"');
  await window.keys(ESCAPE);
  await pressByKey('Enregistrer le rapport');
  await window.until('Le rapport est enregistré');
  await window.shot('18-rapport-enregistre');
  const [report] = readdirSync(downloads);
  const files = JSON.parse(execFileSync('python3', ['-c', `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as report:
    print(json.dumps({name: report.read(name).decode() for name in report.namelist()}))`, path.join(downloads, report)], { encoding: 'utf8' }));
  assert.ok(['manifest.json', 'doctor.txt', 'settings.json', 'state.json', `logs/${log}`].every((name) => name in files), Object.keys(files).join(' '));
  for (const [name, text] of Object.entries(files)) {
    for (const word of [given, ...family.split(/[-\s]/)]) {
      assert.ok(!text.toLowerCase().includes(word.toLowerCase()), `${word} in ${name}`);
    }
  }
  assert.ok(files[`logs/${log}`].includes(id), 'the number that support asks for is there');
  await window.keys(ESCAPE);
  await window.until('Mes sessions');
});
