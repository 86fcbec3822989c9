// What becomes of a session when its window is killed, opened again, or closed; and whom the window speaks to.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { closeBrowsers, openBrowser } from './person.mjs';
import { appProcesses, askedOfProvider, eventually, program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

let stack;

before(async () => { stack = await startStack({ browser: 'recorded' }); });
after(async () => {
  await closeBrowsers();
  await stack?.stop();
});

const askedAddress = (number) => eventually('a browser was asked for', () => stack.browser.asked()[number]);

test('exi_23: the window and its web engine connect to the companion and to nothing else', async () => {
  const recording = path.join(stack.dir, 'connections');
  const traced = path.join(stack.dir, 'traced.sh');
  writeFileSync(traced, `#!/bin/sh\nexec strace -f -qq -e trace=connect,sendto,sendmsg,sendmmsg -o '${recording}' '${program('vestibule-app')}' "$@"\n`);
  chmodSync(traced, 0o755);
  const window = await openWindow(stack, traced);
  await window.until('Identifiez-vous');
  await window.press('S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await askedAddress(0));
  await browser.signIn('ange');
  await window.until('Se déconnecter');
  const reached = new Set(readFileSync(recording, 'utf8').split('\n').filter((line) => line.includes('AF_INET'))
    .map((line) => `${/(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/.exec(line)?.[1]}:${/port=htons\((\d+)\)/.exec(line)?.[1]}`));
  // The web engine's automation reports to its driver at the address of this variable: the test's own doing.
  const automation = appProcesses(stack).map((pid) => /WEBKIT_INSPECTOR_SERVER=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1]);
  for (const address of automation) reached.delete(address);
  assert.deepEqual([...reached], [new URL(stack.companionUrl).host]);
  await browser.close();

  // As a power cut: nothing is said to anyone.
  for (const pid of appProcesses(stack)) process.kill(pid, 'SIGKILL');
  await eventually('the window is gone', () => appProcesses(stack).length === 0);
  await window.close().catch(() => {}); // The driver may have noticed first.
});

test('reco_06: the end of the desktop session is a way of closing the window', async () => {
  const window = await openWindow(stack, program('vestibule-app'));
  await window.until('Se déconnecter');
  for (const pid of appProcesses(stack)) process.kill(pid, 'SIGTERM');
  await eventually('the window is gone', () => appProcesses(stack).length === 0);
  await window.close().catch(() => {}); // The driver may have noticed first.
  const again = await openWindow(stack, program('vestibule-app'));
  await again.until('Identifiez-vous');
  await again.press('S’identifier avec Pro Santé Connect');
  const browser = await openBrowser(await askedAddress(1));
  await browser.page.locator('#means-mobile').waitFor();
  await browser.signIn('ange', { known: true });
  await again.until('Se déconnecter');
  await browser.close();
  for (const pid of appProcesses(stack)) process.kill(pid, 'SIGKILL');
  await again.close().catch(() => {}); // The driver may have noticed first.
});

test('reco_06: a killed window finds its session again, a closed one ends it and leaves the provider alone', async () => {
  const asked = await askedOfProvider(stack);
  assert.ok(asked.filter((one) => one.endsWith('/token')).length >= 2, 'what the companion asks of the provider is recorded');
  const window = await openWindow(stack, program('vestibule-app'));
  await window.until('Se déconnecter');
  assert.match(await window.heading(), /FACTICE/i);
  await window.shot('6-repris');
  assert.equal(stack.browser.asked().length, 2, 'no browser was needed');

  // As the cross in its corner does.
  execFileSync('wmctrl', ['-c', 'Dossier Exemple'], { env: { ...process.env, DISPLAY: stack.display } });
  await eventually('the window is gone', () => appProcesses(stack).length === 0);
  await window.close().catch(() => {}); // The driver may have noticed first.

  const again = await openWindow(stack, program('vestibule-app'));
  await again.until('Identifiez-vous');
  assert.deepEqual(await askedOfProvider(stack), asked, 'Pro Santé Connect is asked for nothing: its session stays open');
  assert.equal(stack.browser.asked().length, 2);
  await again.close();
});
