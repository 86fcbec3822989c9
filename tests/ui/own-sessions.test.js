// « Mes sessions » and the lock, by keyboard and for a screen reader, with a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names, page, pass, window } from './each-test.js';
import { load } from './modules.js';

const WORDS = { fr: (await load('i18n/fr.ts')).fr, en: (await load('i18n/en.ts')).en };

/** What the focus is on, by its text; a screen, by its heading. */
const focused = () => page.evaluate(() => {
  const here = document.activeElement;
  return (document.getElementById(here?.getAttribute('aria-labelledby')) ?? here)?.textContent?.trim().replace(/\s+/g, ' ') ?? '';
});
const rows = () => page.getByRole('listitem');
/** What the screen itself says aloud, not what is said of the session's end. */
const said = async () => (await page.locator('h1 + [role=status]').innerText()).replace(/\s+/g, ' ').trim();
const plain = (text) => text.replace(/\s+/g, ' ').trim();

async function tabTo(text) {
  for (let press = 0; press < 30 && (await focused()) !== text; press += 1) await page.keyboard.press('Tab');
  assert.equal(await focused(), text);
}

/** A true modal dialog: everything behind it is out of reach, for the keyboard and for a screen reader. */
async function isAsked(title) {
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.waitFor();
  assert.ok(await page.evaluate(() => document.querySelector('dialog').matches(':modal')));
  const behind = await page.locator('main button').evaluateAll((buttons) => {
    const had = document.activeElement;
    const taken = buttons.filter((button) => button.closest('dialog') === null && (button.focus(), document.activeElement === button));
    had.focus();
    return taken.length;
  });
  assert.equal(behind, 0, 'what lies behind it takes no focus');
  return dialog;
}

for (const [lang, w] of Object.entries(WORDS)) {
  test(`the list is opened, one session closed and the list left by keyboard alone (${lang})`, async () => {
    await window.show('signed-in', { lang });
    await tabTo(w.own.title);
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: w.own.title }).waitFor();
    assert.equal(await focused(), w.own.title);
    assert.equal(await said(), plain(w.own.loading));
    await pass(450);
    assert.equal(await said(), plain(w.own.count(3)));
    assert.equal(await rows().count(), 3);

    const label = plain(`${w.own.ends.one.button}${w.own.on('URGENCES-BOX-2')}`);
    await tabTo(label);
    await page.keyboard.press('Enter');
    await isAsked(w.own.ends.one.title);
    assert.match(await page.locator('#confirm-why').innerText(), /URGENCES-BOX-2/);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(), label, 'back where she was');
    assert.deepEqual(await names(), ['show_own_sessions'], 'nothing was closed');

    await pass(600);
    await page.keyboard.press('Enter');
    await isAsked(w.own.ends.one.title);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), w.waiting.cancel, 'the harmless one comes first');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), w.own.ends.one.button);
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await said(), w.resuming.title, 'she hears that it is on its way');
    assert.equal(await focused(), label, 'the focus stays while it is');
    await pass(550);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('dialog').count(), 0, 'meanwhile nothing else is asked');
    await pass(100);
    await page.locator('.notice', { hasText: w.own.ended(1) }).waitFor();
    assert.equal(await said(), plain(`${w.own.ended(1)} ${w.own.count(2)}`));
    assert.equal(await focused(), w.own.title, 'what had the focus is gone: it is at the top of what is left');
    assert.equal(await rows().count(), 2);

    await page.keyboard.press('Escape');
    await page.locator('h1', { hasText: 'FICTIF' }).waitFor();
    assert.deepEqual((await window.requests()).map(({ name, id }) => [name, id].filter(Boolean).join(' ')), ['show_own_sessions', 'end_own_session AB2C-D3EF', 'hide_own_sessions']);
  });

  test(`each session says where, since when, what it is, and its button says which (${lang})`, async () => {
    await window.show('own-sessions', { lang });
    const texts = (await rows().allInnerTexts()).map(plain);
    assert.match(texts[0], lang === 'fr' ? /URGENCES-BOX-2 Verrouillée Ouverte depuis 3 h 05 dernière activité il y a 12 minutes/ : /URGENCES-BOX-2 Locked Open for 3 h 5 min last activity 12 minutes ago/);
    assert.match(texts[1], lang === 'fr' ? /ACCUEIL-03 Ce poste Ouverte depuis 48 minutes dernière activité il y a moins d’une minute/ : /ACCUEIL-03 This workstation Open for 48 minutes last activity less than a minute ago/);
    assert.match(texts[2], new RegExp(`^${w.own.unnamed} `));
    const list = page.getByRole('list', { name: w.own.title });
    assert.deepEqual(
      (await list.getByRole('button').allTextContents()).map(plain),
      [`${w.own.ends.one.button}${w.own.on('URGENCES-BOX-2')}`, `${w.own.ends.here.button}${w.own.on('ACCUEIL-03')}`, `${w.own.ends.one.button}${w.own.on(w.own.unnamed)}`].map(plain),
    );
  });
}

test('the others, all, or the one of this workstation are closed after a question each', async () => {
  for (const [what, request] of [['others', 'end_other_sessions'], ['all', 'end_all_sessions'], ['here', 'sign_out']]) {
    const { button, title, text } = WORDS.fr.own.ends[what];
    await window.show('own-sessions');
    await page.locator('main').getByRole('button', { name: button }).click();
    const dialog = await isAsked(title);
    assert.ok(plain(await dialog.innerText()).includes(plain(text)), what);
    await pass(600);
    await dialog.getByRole('button', { name: button }).click();
    assert.deepEqual(await names(), [request]);
  }
  await pass(1_200);
  await page.locator('h1', { hasText: 'Identifiez-vous' }).waitFor();
});

test('neither a double click nor a key held down confirms what it asked', async () => {
  await window.show('own-sessions');
  const others = page.getByRole('button', { name: WORDS.fr.own.ends.others.button });
  await others.focus();
  for (let repeat = 0; repeat < 4; repeat += 1) await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  const dialog = await isAsked(WORDS.fr.own.ends.others.title);
  const { x, y, width, height } = await dialog.getByRole('button', { name: WORDS.fr.own.ends.others.button }).boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  assert.deepEqual(await names(), []);
});

test('sessions whose workstations have one name are told apart, on their buttons and in the question', async () => {
  await window.show('own-sessions-alike');
  const buttons = (await page.locator('.list button').allTextContents()).map(plain);
  assert.deepEqual(buttons, [
    'Fermer la session sur Poste sans nom (ouverte à 10 h 23)', 'Se déconnecter sur Poste sans nom (ce poste)',
    'Fermer la session sur Poste sans nom (ouverte à 13 h 03)', 'Fermer la session sur Poste sans nom (ouverte à 13 h 03), 2',
  ]);
  await page.locator('.list button').last().click();
  assert.match(plain(await page.locator('#confirm-why').innerText()), /^Poste sans nom \(ouverte à 13 h 03\), 2 /);
});

test('alone here, she reads that, and may sign out', async () => {
  await window.show('own-sessions-only');
  assert.equal(await said(), plain(WORDS.fr.own.count(1)));
  assert.equal(await rows().count(), 1);
  assert.deepEqual((await page.locator('main').getByRole('button').allTextContents()).map(plain), ['Se déconnecter sur ACCUEIL-03', 'Retour']);
});

test('what went wrong is said with its code and asked again with Enter; a session that was over is said in its own words', async () => {
  await window.show('own-sessions-away');
  assert.match(await said(), /Le serveur de connexion ne répond pas\..*VST-2041 7F3K-9QXM/);
  assert.equal(await rows().count(), 0);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['show_own_sessions']);
  await pass(450);
  assert.equal(await said(), plain(WORDS.fr.own.count(3)));
  await window.show('own-sessions-gone');
  assert.equal(await said(), plain(`${WORDS.fr.own.gone} VST-2051 7F3K-9QXM ${WORDS.fr.own.count(2)}`));
});

test('while the list is open nothing is asked, and one region of the screen speaks of it', async () => {
  await window.show('own-sessions');
  await pass(5 * 60_000);
  assert.deepEqual(await names(), []);
  const spoken = await page.locator('main [role=status], main [aria-live], main [role=alert]').evaluateAll((regions) => regions.map((region) => region.textContent.trim()).filter(Boolean));
  assert.equal(spoken.length, 1, spoken.join(' | '));
  assert.match((await rows().allInnerTexts())[0], /il\sy\sa\s17\sminutes/, 'the times go on');
});

test('the question of the last minute comes over the list and over its questions', async () => {
  await window.show('own-sessions-last-minute');
  await page.getByRole('dialog', { name: WORDS.fr.soon.title }).waitFor();
  assert.equal(await focused(), 'Je suis là');
});

test('on a locked screen another person ends the session after a question, and a code is there for support', async () => {
  const { change } = WORDS.fr.locked;
  await window.show('locked');
  assert.match(await page.locator('main').innerText(), /Pour le support\s: VST-2050/);
  await page.getByRole('button', { name: change.button }).click();
  const dialog = await isAsked(change.title);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), [], 'a key on its way neither resumes nor ends it');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await pass(600);
  await page.getByRole('button', { name: change.button }).click();
  await pass(600);
  await dialog.getByRole('button', { name: change.button }).click();
  assert.deepEqual(await names(), ['change_user']);
  for (const [scenario, code] of [['ended-elsewhere', 'VST-2012'], ['ended-revoked', 'VST-2013']]) {
    await window.show(scenario);
    assert.match(await page.locator('main').innerText(), new RegExp(`Pour le support\\s: ${code}`));
  }
});
