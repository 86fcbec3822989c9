// The polling exchange in the window: the number, the address for another machine, the letters. With a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names, page, pass, window } from './each-test.js';

const field = () => page.getByRole('textbox', { name: 'Code de confirmation (huit lettres) affiché dans votre navigateur' });
const boxes = async () => (await page.locator('.code-boxes span').allInnerTexts()).join('');
const submit = () => page.getByRole('button', { name: 'Valider le code' });
const title = (text) => page.locator('h1', { hasText: text }).waitFor();
const selected = () => page.evaluate(() => [document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]);
/** What assistive technology is told as the field's own words. */
const told = (name) => field().evaluate((input, attribute) => input.getAttribute(attribute).split(' ').map((id) => document.getElementById(id)?.textContent ?? `no ${id}`).join(' '), name);

test('by keyboard alone through the polling exchange: offer, number, wrong letters, right letters', async () => {
  await window.show('waiting-help');
  for (let press = 0; press < 12; press += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement.textContent)) === 'Mon navigateur est sur un autre poste') break;
  }
  await page.keyboard.press('Enter');
  await pass(500);
  assert.equal(await page.locator('.number').innerText(), '47', 'the number is there from the start');
  await pass(9_000);
  assert.match(await page.locator('h1 + [role=status]').textContent(), /vous demande un nombre.*Choisissez.47. Ne le dites à personne/s);
  await pass(4_000);
  await title('Saisissez le code affiché');
  assert.deepEqual(await selected(), ['code-letters', 0, 0], 'the field has the focus');

  await page.keyboard.type('kdrt-wxzc');
  assert.equal(await boxes(), 'KDRTWXZC');
  await page.keyboard.press('Enter');
  await page.getByText('Vérification du code').waitFor();
  await page.keyboard.press('Enter');
  await pass(700);
  assert.match(await page.getByRole('alert').innerText(), /Ce n’est pas le code affiché/);
  assert.match(await page.locator('form .time').innerText(), /et 4 tentatives/);
  assert.deepEqual(await selected(), ['code-letters', 0, 0], 'the focus is back before the first letter');

  await page.keyboard.type('KDRTWXZB');
  await page.keyboard.press('Enter');
  await pass(700);
  await title('Choisissez votre situation');
  assert.deepEqual(await window.requests(), [
    { name: 'use_another_browser' },
    { name: 'confirm_code', code: 'KDRTWXZC' },
    { name: 'confirm_code', code: 'KDRTWXZB' },
  ]);
});

test('"my browser is on another machine" is offered only where the engine says so, with the keyboard too', async () => {
  const another = page.getByRole('button', { name: 'Mon navigateur est sur un autre poste' });
  await window.show('waiting-help');
  assert.equal(await another.count(), 1);
  for (const scenario of ['waiting-help-alone', 'waiting-polling-help', 'problem', 'problem-code-spent']) {
    await window.show(scenario);
    assert.equal(await another.count(), 0, scenario);
  }
  await window.show('problem-another-browser');
  await pass(600);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['sign_in'], 'Enter stays the retry');
  await window.show('problem-another-browser');
  await another.focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['use_another_browser']);
});

test('where no browser opened, its number, the address to copy on this workstation and whom to call stand together', async () => {
  await window.show('waiting-not-opened');
  assert.match(await page.locator('h1 + [role=status]').innerText(), /Aucun navigateur ne s’est ouvert \(VST-1001\)/);
  await window.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copier l’adresse' }).click();
  await page.getByText('Adresse copiée.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'http://127.0.0.1:49152/Zq3vT8w/go');
  await page.getByText('Elle ne sert que sur ce poste.').waitFor();
  await page.getByText('poste 4242').waitFor();
  for (const [name, request] of [['Mon navigateur est sur un autre poste', 'use_another_browser'], ['Rouvrir le navigateur', 'reopen_browser']]) {
    await window.show('waiting-not-opened');
    await page.getByRole('button', { name }).click();
    assert.deepEqual(await names(), [request]);
  }
  await window.show('waiting');
  assert.equal(await page.getByRole('button', { name: 'Copier l’adresse' }).count(), 0, 'the browser came');
});

test('the field takes a paste with spaces and hyphens, and one in the middle', async () => {
  await window.show('code');
  await window.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const paste = async (text) => {
    await page.evaluate((value) => navigator.clipboard.writeText(value), text);
    await page.keyboard.press('Control+v');
  };
  await paste(' kdrt - wxzb\n');
  assert.equal(await boxes(), 'KDRTWXZB');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('kdzb');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await paste('rt wx');
  assert.equal(await boxes(), 'KDRTWXZB');
  assert.deepEqual(await selected(), ['code-letters', 6, 6], 'the caret follows what was pasted');
  await page.keyboard.press('Backspace');
  assert.equal(await boxes(), 'KDRTWZB');
});

test('letters that no code holds are left out, with a word; too few are said, not sent', async () => {
  await window.show('code');
  await page.keyboard.type('k1');
  assert.equal(await boxes(), 'K');
  await page.getByText('n’a ni voyelle ni chiffre').waitFor();
  await page.keyboard.type('dr');
  assert.equal(await page.getByText('n’a ni voyelle ni chiffre').count(), 0);
  await page.keyboard.press('Enter');
  await page.getByText('Il manque 5 lettres.').waitFor();
  assert.equal(await submit().getAttribute('aria-disabled'), 'true');
  await submit().click({ force: true });
  assert.deepEqual(await selected(), ['code-letters', 3, 3], 'the focus goes where something is missing');
  await page.keyboard.type('twxzbc');
  await page.getByText('n’a que huit lettres').waitFor();
  assert.equal(await boxes(), 'KDRTWXZB');
  assert.equal(await submit().getAttribute('aria-disabled'), 'false');
  assert.deepEqual(await names(), []);
});

test('the pointer puts the caret into the box it meets', async () => {
  await window.show('code');
  await page.keyboard.type('kdrtw');
  const at = async (index) => {
    const { x, y, width, height } = await page.locator('.code-boxes span').nth(index).boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    await pass(600);
    return (await selected())[1];
  };
  assert.equal(await at(1), 1);
  assert.equal(await page.locator('.code-boxes .active').innerText(), 'D');
  assert.equal(await at(7), 5, 'never beyond what is typed');
});

test('the field has a name, its explanation and the tries, and says when it is wrong', async () => {
  await window.show('code');
  assert.equal(await page.locator('#code input').count(), 1, 'one field, not eight');
  for (const [name, value] of Object.entries({ autocomplete: 'one-time-code', autocapitalize: 'characters', spellcheck: 'false', 'aria-invalid': 'false' })) {
    assert.equal(await field().getAttribute(name), value);
  }
  assert.match(await told('aria-describedby'), /^Saisissez le code.*Huit lettres.*Il reste 5.tentatives.*Ne donnez ce code à personne/s);
  assert.equal(await page.locator('.code-boxes').getAttribute('aria-hidden'), 'true');
  await window.show('code-last-try');
  assert.equal(await field().getAttribute('aria-invalid'), 'true');
  assert.match(await told('aria-describedby'), /Il reste une dernière tentative/);
});

test('the last half minute is said aloud once', async () => {
  await window.show('code');
  const soon = page.locator('.visually-hidden[role=status]');
  await pass(69_000);
  assert.equal(await soon.textContent(), '');
  await pass(2_000);
  assert.match(await soon.textContent(), /Il reste 30.secondes/);
});

test('Escape cancels from inside the field, even while the letters are checked', async () => {
  for (const scenario of ['code', 'code-checking']) {
    await window.show(scenario);
    await field().focus();
    await page.keyboard.press('Escape');
    await title('Identifiez-vous');
    assert.deepEqual(await names(), ['cancel'], scenario);
  }
});

test('while letters are checked nothing is typed and nothing is sent twice', async () => {
  await window.show('code-checking');
  await field().focus();
  await page.keyboard.type('KDRTWXZB');
  await page.keyboard.press('Enter');
  await submit().click({ force: true });
  assert.equal(await boxes(), '');
  assert.deepEqual(await names(), []);
});

test('the fifth wrong code ends the sign-in with its number', async () => {
  await window.show('code-last-try');
  await page.keyboard.type('BBBBBBBB');
  await page.keyboard.press('Enter');
  await pass(700);
  await page.getByText('VST-2020').waitFor();
});

test('the address is copied whole, or left selected where that is refused, and the screen says which', async () => {
  await window.show('waiting-polling');
  await window.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const shown = await page.locator('.address').innerText();
  assert.match(shown, /^https:\/\/\S+request_uri=\S+$/);
  const copy = page.getByRole('button', { name: 'Copier l’adresse' });
  await copy.focus();
  await page.keyboard.press('Enter');
  await page.locator('.one-time-link [role=status]', { hasText: 'Adresse copiée.' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
  assert.deepEqual(await names(), [], 'Enter on the button does not reopen the browser');

  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }));
  await copy.click();
  await page.locator('.one-time-link [role=status]', { hasText: 'Adresse sélectionnée' }).waitFor();
  assert.equal(await page.evaluate(() => String(getSelection())), shown);
});

test('the address goes when the browser came or its time is over, and a new one can be asked for', async () => {
  await window.show('waiting-polling');
  assert.match(await page.locator('.one-time-link .time').innerText(), /1.min.50.s pour l’ouvrir/);
  assert.match(await page.locator('.one-time-link').innerText(), /ne sert qu’une fois, et n’ouvre aucune session sans ce nombre/);
  await pass(111_000);
  assert.equal(await page.locator('.one-time-link').count(), 0);
  await page.getByText('n’a pas été ouverte à temps').waitFor();
  await page.getByRole('button', { name: 'Nouvelle adresse' }).click();
  assert.deepEqual(await names(), ['reopen_browser']);
  await page.locator('.one-time-link').waitFor();
  await window.show('waiting-polling-open');
  assert.equal(await page.locator('.one-time-link').count(), 0);
  assert.equal(await page.locator('.number').innerText(), '47');
});

test('by the private-use scheme the way back is said: accept that the app opens', async () => {
  for (const scenario of ['waiting-scheme', 'waiting-scheme-number', 'waiting-scheme-checking']) {
    await window.show(scenario);
    assert.match(await page.locator('h1 + [role=status]').innerText(), /si (?:le|votre) navigateur le demande, autorisez l’ouverture de l’application/i);
  }
  await window.show('waiting');
  assert.doesNotMatch(await page.locator('h1 + [role=status]').innerText(), /autorisez l’ouverture/);
});

test('where the way back proves nothing, the number is to be picked on the page and not compared', async () => {
  const status = () => page.locator('h1 + [role=status]').textContent();
  await window.show('waiting-number-picked');
  assert.match(await status(), /vous demande un nombre.*Choisissez.47. Ne le dites à personne/s);
  await window.show('waiting-scheme-number-picked');
  assert.match(await status(), /choisissez celui-ci puis, si le navigateur le demande, autorisez l’ouverture/);
  await window.show('waiting-scheme-number');
  assert.match(await status(), /doit afficher le même nombre.: 47/);
});

test('a later version of the app is said on the first screen and in « À propos », in both languages', async () => {
  const notice = () => page.locator('.content.welcome > .notice').textContent();
  await window.show('sign-in');
  assert.equal(await page.locator('.content.welcome > .notice').count(), 0);
  await window.show('sign-in-update');
  assert.match(await notice(), /Une version plus récente de l’application existe \(1\.2\.0\)/);
  await page.getByRole('button', { name: 'À propos' }).click();
  await page.getByText('0.1.0, à mettre à jour vers 1.2.0').waitFor();
  await window.show('sign-in-update-required', { lang: 'en' });
  assert.match(await notice(), /can no longer sign in.*1\.2\.0/);
});

test('a first sign-in on this workstation is said, in both languages, and so is a session that ended from elsewhere', async () => {
  await window.show('signed-in');
  assert.equal(await page.getByText('Première connexion sur ce poste.').count(), 0);
  await window.show('signed-in-new');
  await page.getByText('Première connexion sur ce poste.').waitFor();
  await window.show('signed-in-new', { lang: 'en' });
  await page.getByText('First sign-in on this workstation.').waitFor();
  await window.show('ended-disowned');
  await page.getByText('la personne dit ne pas être à l’origine de la connexion').waitFor();
  await window.show('ended-forgotten', { lang: 'en' });
  await page.getByText('this workstation was forgotten').waitFor();
});
