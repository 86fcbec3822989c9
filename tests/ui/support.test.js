// « Configuration et diagnostic », by keyboard and for a screen reader; and how support is reached from a problem.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page, pass, window } from './each-test.js';
import { load } from './modules.js';

const WORDS = { fr: (await load('i18n/fr.ts')).fr, en: (await load('i18n/en.ts')).en };
const { SCENARIOS } = await load('backend/fake-people.ts');
const { WRITTEN } = await load('backend/fake-support.ts');

/** What the focus is on, by its text; a screen, by its heading. */
const focused = () => page.evaluate(() => {
  const here = document.activeElement;
  return (document.getElementById(here?.getAttribute('aria-labelledby')) ?? here)?.textContent?.trim().replace(/\s+/g, ' ') ?? '';
});
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const asked = async () => (await window.requests()).filter(({ name }) => name === 'support').map((request) => request.asked);
const said = async (section) => plain(await page.locator(`section[aria-labelledby=support-${section}] > [role=status]`).first().innerText());
const heading = (text) => page.locator('h1', { hasText: text }).waitFor();

async function tabTo(text) {
  for (let press = 0; press < 40 && (await focused()) !== plain(text); press += 1) await page.keyboard.press('Tab');
  assert.equal(await focused(), plain(text));
}

for (const [lang, w] of Object.entries(WORDS)) {
  const { checks, report } = w.support;

  test(`the checks and a report are done by keyboard alone, and nothing is written before it was read (${lang})`, async () => {
    await window.show('signed-in', { lang });
    await tabTo(w.support.title);
    await page.keyboard.press('Enter');
    await heading(w.support.title);
    assert.equal(await focused(), w.support.title, 'a reader of screens begins at the top');

    await tabTo(checks.run);
    await page.keyboard.press('Enter');
    assert.equal(await said('checks'), checks.running);
    assert.equal(await focused(), checks.again, 'the focus stays');
    await page.keyboard.press('Enter');
    await pass(650);
    assert.equal(await said('checks'), plain(checks.countResult(3, 1, 1)));

    await tabTo(report.gather);
    await page.keyboard.press('Enter');
    assert.equal(await said('report'), report.gathering);
    await page.keyboard.press('Enter');
    await pass(650);
    assert.equal(await said('report'), plain(report.countReady(4, 42)));
    assert.equal(await focused(), report.title, 'what she pressed is gone: she is at the head of what is there');
    assert.ok((await page.locator('main').innerText()).includes(WRITTEN), 'it says where it would go');

    await page.keyboard.press('Tab');
    assert.match(await focused(), /manifest\.json 1/);
    await page.keyboard.press('Enter');
    await heading('manifest.json');
    assert.equal(await focused(), 'manifest.json');
    assert.match(await page.locator('pre').innerText(), /"product": "Exemple"/);
    await page.keyboard.press('Escape');
    await heading(w.support.title);

    await tabTo(report.write);
    await page.keyboard.press('Enter');
    assert.equal(await said('report'), report.writing);
    await page.keyboard.press('Enter');
    await tabTo(report.discard);
    await page.keyboard.press('Enter');
    await pass(450);
    assert.equal(await said('report'), plain(report.written));
    assert.equal(await focused(), report.title);
    assert.ok(await page.getByText(report.written).evaluate((element) => element.getBoundingClientRect().top > document.querySelector('.top').getBoundingClientRect().bottom), 'and sees it, not below the banner');
    assert.ok((await page.locator('main').innerText()).includes(WRITTEN));
    await page.keyboard.press('Escape');
    await heading('FICTIF');
    assert.deepEqual(await asked(), [
      'show', 'run_checks', 'gather_report', { read_part: { name: 'manifest.json', page: 1 } }, 'stop_reading', 'write_report', 'hide',
    ]);
  });

  test(`each check says its verdict in a word, what is wrong and what to do (${lang})`, async () => {
    await window.show('support-checked', { lang });
    const rows = (await page.getByRole('list', { name: checks.title }).getByRole('listitem').allInnerTexts()).map(plain);
    // What is wrong comes first, whatever the order in which it was checked.
    assert.match(rows[0], /^Serveur de connexion ÉCHEC .*cause : le nom n’est pas connu du réseau VST-2041 /);
    assert.match(rows[1], /^Trousseau de clés ATTENTION verrouillé VST-1004 /);
    assert.match(rows[2], /^Configuration OK /);
    const badges = page.getByRole('list', { name: checks.title }).locator('.badge');
    assert.deepEqual(await badges.evaluateAll((all) => all.map((badge) => badge.classList[1])), ['critical', 'caution', 'positive']);
    const icons = await badges.locator('svg').evaluateAll((all) => all.map((icon) => icon.innerHTML));
    assert.equal(new Set(icons).size, 3, 'each verdict has a drawing of its own');
  });

  test(`each setting says its value and who set it; what the organisation decides is locked, in words (${lang})`, async () => {
    await window.show('support', { lang });
    const { settings } = w.support;
    assert.ok((await page.locator('main').innerText()).includes(`${settings.policy} /etc/exemple/policy.toml`), 'which file decides');
    await page.getByText(settings.count(4)).click();
    const rows = (await page.getByRole('list', { name: settings.title }).getByRole('listitem').allInnerTexts()).map(plain);
    assert.equal(rows.length, 4);
    assert.ok(rows[2].startsWith(plain(`card_detection${settings.is}oui Présence d’une carte CPS`)), rows[2]);
    assert.ok(rows[0].includes(plain(settings.managed('stratégie du poste'))), rows[0]);
    assert.ok(rows[1].includes('(valeur définie, non affichée)') && rows[1].includes(plain(settings.managed('stratégie du poste'))), rows[1]);
    assert.ok(rows[3].includes(plain(settings.source('fichier de l’utilisateur'))) && !rows[3].includes(plain(settings.managed(''))), rows[3]);
  });
}

test('what is not wanted is not written, and what could not be is said aloud with its code', async () => {
  const { report } = WORDS.fr.support;
  await window.show('support-ready');
  await page.getByRole('button', { name: report.discard }).click();
  await page.getByRole('button', { name: report.gather }).waitFor();
  assert.deepEqual(await asked(), ['discard_report']);
  await window.show('support-unwritten');
  const told = plain(await page.getByRole('alert').innerText());
  assert.match(told, /^Le rapport n’a pas été enregistré\. .*le disque est plein.*Libérez de la place.*plus de place sur le disque VST-1033$/);
  const absent = page.getByRole('list', { name: report.parts }).getByRole('listitem').last();
  assert.match(plain(await absent.innerText()), new RegExp(`journal\\.2026-03-13\\.log ${report.missing}$`), 'what is not in it is not measured');
  await page.getByRole('button', { name: report.write }).waitFor();
});

test('a folder is opened when she asks; where it is not, that is said and its path can be copied', async () => {
  const { path } = WORDS.fr.support;
  await window.show('support');
  await page.getByRole('button', { name: path.open }).click();
  await pass(250);
  assert.equal(await said('log'), plain(path.unopened));
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } }));
  await page.getByRole('button', { name: path.copy }).click();
  await page.getByText(path.copied).waitFor();
  assert.equal(await page.evaluate(() => window.copied), '/home/utilisateur/.local/state/exemple/logs');
  assert.deepEqual(await asked(), [{ open_folder: { folder: 'log' } }]);
  await window.show('support-written');
  const { report } = WORDS.fr.support;
  await page.getByRole('button', { name: report.another }).waitFor();
  const section = page.locator('section[aria-labelledby=support-report]');
  await section.getByRole('button', { name: path.open }).click();
  await pass(250);
  await section.getByText(path.unopened).waitFor();
  assert.deepEqual(await asked(), [{ open_folder: { folder: 'report' } }]);
});

test('a long part is read page by page, and its text can be scrolled by keyboard', async () => {
  const { report } = WORDS.fr.support;
  await window.show('support-reading');
  assert.match(plain(await page.locator('header p').last().innerText()), /Page 2 sur 3/);
  await page.getByRole('button', { name: report.after }).click();
  await page.getByText('Page 3 sur 3').waitFor();
  assert.equal(await focused(), 'logs/journal.2026-03-14.log', 'at the top of the next page');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'PRE');
  await page.getByRole('button', { name: report.after }).click({ force: true });
  assert.deepEqual(await asked(), [{ read_part: { name: 'logs/journal.2026-03-14.log', page: 3 } }], 'there is no fourth');
});

test('the page is offered wherever the window has a foot, and not over a locked session nor one that is being closed', async () => {
  const { title } = WORDS.fr.support;
  for (const scenario of Object.keys(SCENARIOS).filter((name) => SCENARIOS[name].support === undefined)) {
    await window.show(scenario);
    const offered = await page.locator('.foot button', { hasText: title }).count();
    assert.equal(offered, ['locked', 'signing-out'].includes(scenario) ? 0 : 1, scenario);
  }
});

test('the end of the session, her card and a lock rule over the page', async () => {
  await window.show('support-last-minute');
  await page.getByRole('dialog', { name: WORDS.fr.soon.title }).waitFor();
  await window.show('support-card-pulled');
  await page.getByRole('dialog', { name: WORDS.fr.card.removed }).waitFor();
  await window.show('support-five-minutes');
  assert.equal(await page.locator('main progress').count(), 1);
});

test('whoever is signed in can leave from the page and from a part of the report', async () => {
  for (const scenario of ['support-ready', 'support-reading']) {
    await window.show(scenario);
    await page.locator('.actions').getByRole('button', { name: WORDS.fr.signedIn.signOut }).click();
    assert.deepEqual((await window.requests()).map(({ name }) => name), ['sign_out'], scenario);
  }
});

test('from a problem and from « Problème de connexion ? » the page is one button away', async () => {
  await window.show('problem-final');
  await page.getByRole('button', { name: WORDS.fr.problem.report }).click();
  await heading(WORDS.fr.support.title);
  await window.show('signed-in');
  await page.locator('.foot button', { hasText: WORDS.fr.app.aboutLink }).click();
  await heading(WORDS.fr.about.title);
  await page.locator('.foot button', { hasText: WORDS.fr.support.title }).click();
  await heading(WORDS.fr.support.title);
  await window.show('sign-in-shared');
  await page.getByRole('button', { name: WORDS.fr.signIn.trouble }).click();
  const dialog = page.getByRole('dialog');
  assert.match(plain(await dialog.innerText()), /01 00 00 00 00, poste 4242/);
  await pass(600);
  await dialog.getByRole('button', { name: WORDS.fr.support.title }).click();
  await heading(WORDS.fr.support.title);
  assert.match(plain(await page.locator('main').innerText()), /01 00 00 00 00, poste 4242/, 'whom to call is on the page too');
  assert.equal(await page.locator('dialog').count(), 0);
});

test('with settings that cannot be read the page says what is wrong, and offers all the rest', async () => {
  await window.show('support-broken');
  const told = plain(await page.locator('main').innerText());
  assert.match(told, /ligne 3 : paramètre inconnu/);
  for (const name of [WORDS.fr.support.checks.run, WORDS.fr.support.report.gather]) await page.getByRole('button', { name }).waitFor();
});

test('what the checks found is copied as support reads it, and said; where that is refused, it is there to be copied by hand', async () => {
  for (const [lang, w] of Object.entries(WORDS)) {
    const { copy, copied, selected, again } = w.support.checks;
    await window.show('support', { lang });
    const button = page.getByRole('button', { name: copy });
    assert.equal(await button.count(), 0, 'before the checks there is nothing to copy');
    await window.show('support-checked', { lang });
    await window.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const told = () => page.locator('section[aria-labelledby=support-checks] > [role=status]').last().innerText().then(plain);
    assert.equal(await told(), '');
    await tabTo(copy);
    await page.keyboard.press('Enter');
    await page.locator('[role=status]', { hasText: copied }).waitFor();
    assert.equal(await focused(), copy, 'the focus stays');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^Exemple 0\.1\.0\n\nÉCHEC {6}Serveur de connexion\s: .*\n {11}VST-2041 /);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }));
    await page.keyboard.press('Enter');
    await page.locator('[role=status]', { hasText: selected }).waitFor();
    assert.equal((await page.evaluate(() => getSelection().toString())).trim(), text);
    await page.getByRole('button', { name: again }).click();
    assert.equal(await button.count(), 0, 'nor while they run again');
    await pass(650);
    assert.equal(await told(), '', 'what was said of the last ones is not said of these');
  }
});

test('what has the focus is never under the banner nor under the buttons at the foot', async () => {
  for (const scenario of ['support-ready', 'support-checked']) {
    await window.show(scenario);
    for (let press = 0; press < 48; press += 1) {
      await page.keyboard.press(press < 24 ? 'Tab' : 'Shift+Tab');
      const hidden = await page.evaluate(() => {
        const focus = document.activeElement;
        if (focus === null || focus.closest('main .content') === null) return '';
        const { top, bottom } = focus.getBoundingClientRect();
        const [banner, dock] = [document.querySelector('.top'), document.querySelector('.actions')].map((element) => element.getBoundingClientRect());
        return top < banner.bottom || bottom > dock.top ? `${focus.textContent.trim()}: ${top} to ${bottom}, between ${banner.bottom} and ${dock.top}` : '';
      });
      assert.equal(hidden, '', scenario);
    }
  }
});
