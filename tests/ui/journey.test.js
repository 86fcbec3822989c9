// The whole journey, by keyboard alone and by pointer, with a clock that the test moves.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { NOW, openWindow, UI } from './browser.js';
import { browser, names, page, pass, server, window } from './each-test.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');
const WORDS = { fr: (await load('i18n/fr.ts')).fr, en: (await load('i18n/en.ts')).en };
const CATALOGUE = JSON.parse(await readFile(join(UI, 'src/generated/errors.json'), 'utf8'));

const plain = (text) => text.replace(/\s+/g, ' ');
const heading = () => page.locator('h1').innerText();
/** What the focus is on, by its text; a screen, by its heading. */
const focused = () => page.evaluate(() => {
  const here = document.activeElement;
  return (document.getElementById(here?.getAttribute('aria-labelledby')) ?? here)?.textContent?.trim() ?? '';
});
const activities = () => page.evaluate(() => window.requests.filter(({ name }) => name === 'activity').length);

async function appears(title) {
  await page.locator('h1', { hasText: title }).waitFor();
  assert.ok(await page.evaluate(() => document.activeElement === (document.querySelector('[data-first-focus]') ?? document.querySelector('main'))), title);
}

test('a keyring that does not answer can be done without', async () => {
  await window.show('keyring');
  await appears('Le trousseau de clés ne répond pas encore');
  await page.getByRole('button', { name: 'Continuer sans le trousseau' }).click();
  await appears('Identifiez-vous');
  assert.deepEqual(await names(), ['go_on_without_keyring']);
});

test('the whole journey by keyboard alone', async () => {
  await window.show('sign-in');
  await appears('Identifiez-vous');
  await page.keyboard.press('Enter');
  await appears('Votre navigateur va s’ouvrir');
  await pass(500);
  assert.equal(await heading(), 'Continuez dans votre navigateur');
  await pass(2_000);
  assert.match(await page.locator('[role=status]').first().innerText(), /Identifiez-vous dans le navigateur/);
  await pass(6_000);
  assert.equal(await page.locator('.number').innerText(), '47');
  await pass(6_000);
  await appears('Choisissez votre situation');
  assert.match(await focused(), /Dernier choix.*Cabinet de démonstration/s, 'the last choice is first and has the focus');
  await pass(500);
  await page.keyboard.press('2');
  await page.locator('.place', { hasText: 'CH de démonstration' }).waitFor();
  assert.deepEqual(await names(), ['sign_in', 'choose_situation']);

  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['sign_in', 'choose_situation'], 'Enter alone does nothing on a signed-in screen');
  for (let press = 0; press < 20 && (await focused()) !== 'Se déconnecter'; press += 1) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Se déconnecter');
  await page.keyboard.press('Enter');
  await appears('Déconnexion en cours');
  await pass(1_050);
  await appears('Identifiez-vous');
  assert.match(await page.locator('.notice').innerText(), /Déconnexion terminée/);
  assert.deepEqual(await names(), ['sign_in', 'choose_situation', 'sign_out']);
});

test('Escape cancels while the browser is awaited', async () => {
  await window.show('waiting');
  await page.keyboard.press('Escape');
  await appears('Identifiez-vous');
  assert.deepEqual(await names(), ['cancel']);
});

test('Enter reopens the browser, and only once while it is held down', async () => {
  await window.show('waiting');
  await page.keyboard.down('Enter');
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  assert.deepEqual(await names(), ['reopen_browser']);
});

test('a double click on the sign-in button does not cancel what it started, even in the smallest window', async () => {
  await page.setViewportSize({ width: 360, height: 480 });
  await window.show('sign-in-shared');
  await page.locator('.means button').dblclick({ position: { x: 100, y: 12 } });
  assert.deepEqual(await names(), ['sign_in']);
});

test('the number to compare is heard as well as seen', async () => {
  await window.show('waiting-number');
  assert.match(await page.locator('h1 + [role=status]').textContent(), /doit afficher le même nombre.: 47/);
  assert.ok(await page.locator('.number').isVisible());
});

test('the help unfolds by itself when the browser gives no sign', async () => {
  await window.show('waiting-help');
  assert.equal(await page.locator('details.help').getAttribute('open'), '');
  await window.show('waiting');
  assert.equal(await page.locator('details.help').getAttribute('open'), null);
});

test('the focus can leave every control of every screen', async () => {
  for (const scenario of ['sign-in', 'waiting', 'waiting-polling', 'code', 'situation-seven', 'signed-in-shared', 'own-sessions', 'locked', 'problem']) {
    await window.show(scenario);
    const controls = await page.evaluate(() => {
      const all = [...document.querySelectorAll('button, input, select, textarea, summary, a[href]')].filter((control) => !control.disabled && control.checkVisibility());
      return all.map((control, number) => {
        control.dataset.number = number;
        return control.textContent.trim() || control.id;
      });
    });
    assert.ok(controls.length > 2, scenario);
    const reached = [];
    for (let press = 0; press < 2 * controls.length + 2; press += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate(() => document.activeElement.dataset.number));
    }
    const missed = controls.filter((_, number) => !reached.includes(`${number}`));
    assert.deepEqual(missed, [], `${scenario}: never reached`);
    const first = reached.find((number) => number !== undefined);
    assert.ok(reached.filter((number) => number === first).length > 1, `${scenario}: the focus came round`);
  }
});

test('digits choose among the situations shown, not while one types in the filter', async () => {
  await window.show('situation-seven');
  await page.locator('#filter').fill('1');
  assert.deepEqual(await names(), []);
  await page.locator('#filter').fill('créteil');
  await page.locator('#filter').fill('CRETEIL');
  assert.equal(await page.locator('.choice').count(), 1);
  assert.equal(await page.locator('#filter + [role=status]').innerText(), '1\u00a0situation');
  await page.locator('#filter').press('Escape');
  assert.equal(await page.locator('.choice').count(), 7);
  await page.locator('#filter').fill('nulle part');
  assert.equal(await page.locator('.choice').count(), 0);
  await page.locator('#filter').fill('vincennes');
  await page.locator('main').focus();
  await pass(500);
  await page.keyboard.press('2');
  assert.deepEqual(await window.requests(), [{ name: 'choose_situation', situation_id: 's5' }]);
});

test('"Ce n’est pas moi" signs out of both sessions, and says why', async () => {
  await window.show('situation-two');
  await page.getByRole('button', { name: 'Ce n’est pas moi' }).click();
  assert.deepEqual(await names(), ['not_me']);
});

test('a situation already chosen can be kept with Escape, a first choice cannot be escaped', async () => {
  await window.show('situation-change');
  await page.keyboard.press('Escape');
  assert.deepEqual(await names(), ['keep_situation']);
  await window.show('situation-two');
  await page.keyboard.press('Escape');
  assert.deepEqual(await names(), []);
});

test('F2 changes user on a shared workstation, among her sessions too', async () => {
  for (const scenario of ['signed-in-shared', 'own-sessions-away']) {
    await window.show(scenario);
    await page.keyboard.press('F2');
    assert.deepEqual(await names(), ['change_user'], scenario);
  }
});

test('F1 shows the help, Escape closes it and gives the focus back', async () => {
  await window.show('signed-in');
  await page.getByRole('button', { name: 'Changer de situation' }).focus();
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  assert.equal(await focused(), 'Fermer');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Changer de situation');
  assert.deepEqual(await names(), []);
});

test('the remaining time is said in words, then with a bar, then asked about', async () => {
  await window.show('signed-in');
  assert.equal(await page.locator('.time strong').first().innerText(), 'Encore 14\u00a0minutes', 'the nearest of the two ends');
  assert.match(await page.locator('.until').innerText(), /sans activité, et jusqu’à 16\sh\s40 au plus tard/);
  assert.equal(await page.locator('progress').count(), 0);
  await pass(9 * 60_000);
  assert.equal(await page.locator('.card strong').innerText(), 'Encore 5\u00a0minutes');
  assert.equal(await page.locator('progress').count(), 1);
  assert.match(await page.locator('.visually-hidden[role=status]').innerText(), /5\sminutes/);
  await pass(4 * 60_000 + 15_000);
  await page.locator('dialog[open]').waitFor();
  assert.equal(await page.locator('.countdown').innerText(), '45\u00a0secondes');
  assert.equal(await focused(), 'Je suis là');
});

test('"Je suis là" extends; the second half of a double click signs nobody out', async () => {
  await window.show('signed-in-last-minute');
  await page.locator('dialog[open]').waitFor();
  await pass(600);
  const box = await page.getByRole('button', { name: 'Je suis là' }).boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await activities(), 1);
  const [x, y] = await page.evaluate(() => {
    const button = [...document.querySelectorAll('.actions button')].find(({ textContent }) => textContent === 'Se déconnecter');
    const { x, y, width, height } = button.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  });
  await page.mouse.click(x, y);
  assert.deepEqual(await names(), [], 'within half a second the pointer is ignored');
  await pass(600);
  await page.mouse.click(x, y);
  assert.deepEqual(await names(), ['sign_out'], 'afterwards it works');
});

test('on the list of situations the time is shown, and the question comes there too; meanwhile no digit chooses', async () => {
  await window.show('situation-two');
  assert.match(await page.locator('main .time').first().innerText(), /Encore 14\s+minutes sans activité/);
  await window.show('situation-last-minute');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('1');
  assert.deepEqual(await names(), []);
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await activities(), 1);
  await pass(600);
  await page.keyboard.press('1');
  assert.deepEqual((await names()).filter((name) => name !== 'activity'), ['choose_situation']);
});

test('the question comes over "À propos" as well', async () => {
  await window.show('signed-in-five-minutes');
  await page.getByRole('button', { name: 'À propos' }).click();
  await appears('À propos');
  // Opening it was a gesture: a quarter of an hour from there.
  await pass(14 * 60_000 + 20_000);
  await page.locator('dialog[open]').waitFor();
  assert.equal(await focused(), 'Je suis là');
});

test('a service that is away is told on a quiet line, wherever she is', async () => {
  for (const scenario of ['signed-in-away', 'situation-away']) {
    await window.show(scenario);
    assert.match(await page.locator('main [role=status] .notice').innerText(), /Le serveur de connexion ne répond plus/, scenario);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText('The sign-in server does not answer.').waitFor();
  }
  await window.show('signed-in');
  assert.equal(await page.locator('main [role=status] .notice').count(), 0);
});

test('when the longest duration comes before the idle end, it is the one that is shown', async () => {
  await window.show('signed-in-absolute-first');
  assert.equal(await page.locator('.time strong').first().innerText(), 'Encore 10\u00a0minutes');
  assert.match(await page.locator('.until').innerText(), /^jusqu’à 13\sh\s38$/);
});

test('at 200 % the question and its answer are both in sight', async () => {
  await page.setViewportSize({ width: 220, height: 360 });
  await window.show('signed-in-last-minute');
  for (const text of ['Êtes-vous toujours là', 'Je suis là']) {
    const { y, height } = await page.locator('dialog').getByText(text).boundingBox();
    assert.ok(y >= 0 && y + height <= 360, `${text} lies from ${y} to ${y + height}`);
  }
});

test('only an answer counts while the question is open: a moving pointer does not', async () => {
  await window.show('signed-in-last-minute');
  await page.locator('dialog[open]').waitFor();
  await page.mouse.move(10, 10);
  await page.mouse.move(60, 60);
  await page.mouse.wheel(0, 10);
  assert.equal(await activities(), 0);
  await page.keyboard.press('Enter');
  assert.equal(await activities(), 1);
});

test('at the longest duration nothing is asked that could not be granted', async () => {
  await window.show('signed-in-final');
  assert.equal(await page.locator('dialog').count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Prolonger maintenant' }).count(), 0);
  assert.match(await page.locator('.card').innerText(), /durée maximale/);
});

test('real input is reported at most every twenty seconds, and never from a still or scripted pointer', async () => {
  await window.show('signed-in');
  await page.mouse.move(50, 300);
  await page.evaluate(() => document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true })));
  assert.equal(await activities(), 0, 'the first place of the pointer is not a move; a script is not a person');
  await page.mouse.move(80, 320);
  await page.mouse.move(90, 330);
  await page.keyboard.press('Shift');
  assert.equal(await activities(), 1);
  await pass(19_000);
  await page.mouse.move(100, 340);
  assert.equal(await activities(), 1);
  await pass(1_500);
  await page.mouse.move(110, 350);
  assert.equal(await activities(), 2);
});

test('nothing is reported while nobody is signed in', async () => {
  await window.show('sign-in');
  await page.mouse.move(50, 300);
  await page.mouse.move(80, 320);
  await page.keyboard.press('Shift');
  assert.equal(await activities(), 0);
});

test('a problem is retried with Enter, left with Escape, and its code copied', async () => {
  await window.show('problem');
  await page.keyboard.press('Escape');
  assert.deepEqual(await names(), ['dismiss']);
  await window.show('problem');
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), [], 'a key that was meant for the screen before');
  await pass(600);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['sign_in']);
  await window.show('problem');
  await window.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copier' }).click();
  await page.getByText('Référence copiée.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'VST-2041 · 7F3K-9QXM');
});

test('a copy that fails is said, with the way round', async () => {
  await window.show('problem');
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }));
  await page.getByRole('button', { name: 'Copier' }).click();
  await page.getByText('sélectionnez la référence').waitFor();
});

test('how support is reached stands beside the reference, as text that opens nothing; without a word of the administrator there is none', async () => {
  for (const scenario of ['problem', 'own-sessions-away']) {
    await window.show(scenario);
    const told = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
    assert.match(told, /Téléphone du support 01 00 00 00 00, poste 4242 Support Support informatique, support@exemple\.example/, scenario);
    assert.equal(await page.locator('a').count(), 0, 'nothing to follow');
    assert.equal(await page.locator('dd strong').first().evaluate((element) => getComputedStyle(element).userSelect), 'all');
  }
  await window.show('problem-final');
  assert.equal(await page.locator('main dl').count(), 0);
});

test('an engine out of reach is a problem with a code, not a dead window', async () => {
  await window.show('sign-in');
  await page.evaluate(() => (window.breakNextRequest = true));
  await page.keyboard.press('Enter');
  await page.getByText('VST-1099').waitFor();
  const told = (await page.locator('h1, h1 + p, h2 + p').allInnerTexts()).map((text) => text.trim()).slice(0, 3);
  assert.deepEqual(told, CATALOGUE['1099'].slice(0, 3), 'in the catalogue’s words, though nobody brought them');
  await pass(600);
  await page.keyboard.press('Enter');
  await appears('Identifiez-vous');
});

test('the language changes at once, for eyes and for screen readers', async () => {
  await window.show('sign-in');
  await page.getByRole('button', { name: 'English' }).click();
  await page.locator('h1', { hasText: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await page.getByRole('button', { name: 'Français' }).click();
  await page.locator('h1', { hasText: 'Identifiez-vous' }).waitFor();
  assert.deepEqual(await window.requests(), [{ name: 'set_language', language: 'en' }, { name: 'set_language', language: 'fr' }]);
});

test('"À propos" leaves the banner of identity in sight and goes back with Escape', async () => {
  await window.show('signed-in-shared');
  await page.getByRole('button', { name: 'À propos' }).click();
  await appears('À propos');
  assert.ok(await page.getByText('FICTIF-EXEMPLE').isVisible());
  await page.getByRole('button', { name: 'Données personnelles' }).click();
  await page.locator('h1', { hasText: 'Données personnelles' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  assert.match(await heading(), /FICTIF-EXEMPLE/);
  assert.deepEqual(await names(), []);
});

test('a pulled card is to be put back; where its reader went too, that is said', async () => {
  for (const [scenario, told] of [['card-pulled-lock', /Remettez-la dans le même lecteur/], ['card-pulled-reader-gone', /Son lecteur n’est plus branché/]]) {
    await window.show(scenario);
    assert.match(await page.locator('#card-why').innerText(), told, scenario);
  }
});

test('an address is not cut where it fits on a line', async () => {
  for (const scenario of ['problem', 'own-sessions-away', 'sign-in-shared']) {
    await window.show(scenario);
    if (scenario === 'sign-in-shared') await page.keyboard.press('F1');
    const word = page.locator('.whole', { hasText: '@' });
    assert.equal(await word.textContent(), 'support@exemple.example');
    assert.equal(Math.round((await word.boundingBox()).height / 24), 1, scenario);
  }
});

test('a notice about the list of situations does not stick to the time', async () => {
  await window.show('situation-away');
  const [notice, time] = [await page.locator('main .notice').first().boundingBox(), await page.locator('main .time').first().boundingBox()];
  assert.ok(time.y - (notice.y + notice.height) >= 4, `${notice.y + notice.height} ${time.y}`);
});

test('the shared banner stays in sight when the window is short and scrolled', async () => {
  await page.setViewportSize({ width: 440, height: 420 });
  await window.show('signed-in-shared');
  await page.mouse.move(200, 300);
  await page.mouse.wheel(0, 2_000);
  await page.waitForFunction(() => document.scrollingElement.scrollTop > 0);
  const { y } = await page.getByText('FICTIF-EXEMPLE').boundingBox();
  assert.ok(y >= 0, `the name is at ${y}`);
});

test('the countdown of a pulled card is answered by the card alone: no key on its way signs out, and Escape closes nothing', async () => {
  const window = await openWindow(browser, server.origin, {});
  await window.show('card-pulled-lock');
  const dialog = window.page.locator('dialog[open]');
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /Carte retirée[^]*seconde[^]*verrouillée/);
  for (const key of ['Enter', 'Space', 'Escape']) await window.page.keyboard.press(key);
  assert.ok(await dialog.isVisible());
  const asked = () => window.page.evaluate(() => window.requests.map(({ name }) => name).filter((name) => name !== 'activity'));
  assert.deepEqual(await asked(), []);
  await window.show('locked');
  assert.doesNotMatch(await window.page.locator('body').innerText(), /FICTIF/, 'nothing of her is shown');
  await window.page.keyboard.press('Enter');
  assert.deepEqual(await asked(), [], 'not seen yet');
  await window.page.clock.setFixedTime(NOW.getTime() + 600);
  await window.page.keyboard.press('Enter');
  assert.deepEqual(await asked(), ['sign_in']);
  await window.close();
});

test('a locked session says since when and how long before it closes, to the eye and to the ear', async () => {
  for (const [lang, since, left, later] of [
    ['fr', /^Verrouillée à 13 h 25 : rien n’en est affiché/, 'Encore 11 minutes avant sa fermeture', 'Encore 10 minutes avant sa fermeture'],
    ['en', /^Locked at 13:26; its contents are hidden/, '11 minutes left before it closes', '10 minutes left before it closes'],
  ]) {
    await window.show('locked', { lang });
    const heard = () => page.evaluate(() => document.querySelector('main').getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ')).then(plain);
    const seen = () => page.locator('.time').innerText().then(plain);
    assert.match(plain(await page.locator('#screen-text').innerText()), since);
    assert.equal(await seen(), left);
    assert.ok((await heard()).includes(`${left}.`), await heard());
    await pass(61_000);
    assert.equal(await seen(), later);
    assert.ok((await heard()).includes(`${left}.`), 'what is heard does not count');
    await page.keyboard.press('Tab');
    await page.locator('main').focus();
    assert.ok((await heard()).includes(`${later}.`), 'until she comes back to it');
  }
});

test('the help says what to do on every screen, and quotes only buttons that are there', async () => {
  const quoted = { fr: /«\u00a0([^»]+)\u00a0»/g, en: /“([^”]+)”/g };
  const screens = { sign_in: 'sign-in', waiting_for_browser: 'waiting', entering_code: 'code', choosing_situation: 'situation-seven', signed_in: 'signed-in', own_sessions: 'own-sessions', locked: 'locked', signing_out: 'signing-out', ended: 'ended-idle', problem: 'problem', awaiting_keyring: 'keyring', resuming: 'resuming', support: 'support' };
  assert.deepEqual([...Object.keys(screens), 'about'].sort(), Object.keys(WORDS.fr.help.now).sort());
  for (const [place, scenario] of Object.entries(screens)) {
    for (const lang of ['fr', 'en']) {
      await window.show(scenario, { lang });
      const behind = plain(await page.locator('body').innerText());
      const labels = await page.evaluate(() => [...document.querySelectorAll('[aria-label]')].map((element) => element.getAttribute('aria-label')).join(' '));
      await page.keyboard.press('F1');
      const told = WORDS[lang].help.now[place];
      assert.ok(plain(await page.locator('dialog[open]').innerText()).includes(plain(told)), place);
      for (const [, label] of told.matchAll(quoted[lang])) assert.ok(`${behind} ${plain(labels)}`.includes(plain(label)), `${place}: ${label}`);
    }
  }
});

test('Ctrl with plus, minus and zero asks for another size, on every layout, and nothing else does', async () => {
  await window.show('sign-in');
  const steps = async () => (await window.requests()).filter(({ name }) => name === 'zoom').map(({ step }) => step);
  for (const key of ['Control++', 'Control+=', 'Control+-', 'Control+Digit0', 'Meta+-']) await page.keyboard.press(key);
  assert.deepEqual(await steps(), ['larger', 'larger', 'smaller', 'default', 'smaller']);
  for (const key of ['+', '-', '0', 'Alt+-', 'Control+Alt+-', 'Control+k']) await page.keyboard.press(key);
  assert.equal((await steps()).length, 5);
});

test('five situations are whole in the window as it opens, and two at 200 %', async () => {
  for (const [zoom, least] of [[1, 5], [2, 2]]) {
    const other = await openWindow(browser, server.origin, { zoom });
    await other.show('situation-five');
    const whole = await other.page.evaluate(() => {
      const foot = document.querySelector('.foot');
      const end = getComputedStyle(foot).position === 'sticky' ? foot.getBoundingClientRect().top : window.innerHeight;
      return [...document.querySelectorAll('.choice')].filter((choice) => choice.getBoundingClientRect().top >= 0 && choice.getBoundingClientRect().bottom <= end).length;
    });
    await other.close();
    assert.ok(whole >= least, `${whole} of ${least} at ${zoom * 100} %`);
  }
});

test('a window in which nothing happens wakes once a minute, one that nobody sees never, and both say the right time', async () => {
  await window.show('signed-in');
  const left = () => page.locator('p.time.large').innerText().then(plain);
  await page.evaluate(() => {
    const after = globalThis.setTimeout;
    globalThis.woken = 0;
    globalThis.setTimeout = (work, ...rest) => after(() => { globalThis.woken += 1; work(); }, ...rest);
  });
  const woken = () => page.evaluate(() => globalThis.woken);
  const before = await left();
  await pass(180_000);
  const later = await left();
  assert.notEqual(later, before);
  // The first was asked for before anybody counted.
  assert.ok((await woken()) <= 4, `${await woken()} in three minutes`);
  const seen = (hidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await seen(true);
  const hidden = await woken();
  await pass(120_000);
  assert.equal(await woken(), hidden, 'hidden');
  assert.equal(await left(), later);
  await seen(false);
  await pass(20);
  assert.notEqual(await left(), later, 'seen again');
});
