// Keys that are held, struck twice or struck at another place of the keyboard: nothing is done that she did not see and mean.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names, page, pass, window } from './each-test.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');
const WORDS = { fr: (await load('i18n/fr.ts')).fr };
const button = (name) => page.getByRole('button', { name });
const closed = () => page.locator('dialog').waitFor({ state: 'detached' });
const asked = async () => (await window.requests()).map((request) => request.situation_id ?? request.name);

/** As a keyboard does while a key is held: it says so each time but the first. */
async function hold(key, times = 4) {
  for (let time = 0; time < times; time += 1) await page.keyboard.down(key);
  await page.keyboard.up(key);
}

/** The keys of a French keyboard above the letters, without Shift. */
const strike = (key, code, more = {}) => page.evaluate((given) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...given })), { key, code, ...more });

/** How every dialog is opened, with the focus on a button that must not be pressed once it is closed. */
const DIALOGS = {
  'the question of the last minute': async () => {
    await window.show('signed-in-five-minutes');
    await button('Se déconnecter').focus();
    await page.clock.fastForward(200_000);
  },
  'the same, over a question about her sessions': async () => {
    await window.show('own-sessions');
    await button(WORDS.fr.own.ends.all.button).press('Enter');
    await page.locator('dialog').getByRole('button', { name: WORDS.fr.own.ends.all.button }).focus();
    await page.clock.fastForward(14 * 60_000 + 10_000);
    await page.getByRole('dialog', { name: WORDS.fr.soon.title }).waitFor();
  },
  'the help': async () => {
    await window.show('signed-in');
    await button('Se déconnecter').focus();
    await page.keyboard.press('F1');
  },
  'a question about a locked session': async () => {
    await window.show('locked');
    await button(WORDS.fr.signedIn.signOut).focus();
    await button(WORDS.fr.locked.change.button).evaluate((one) => one.click());
    await page.locator('dialog').getByRole('button', { name: 'Annuler' }).focus();
  },
};

for (const [what, open] of Object.entries(DIALOGS)) {
  for (const key of ['Enter', 'Space']) {
    test(`${key} held or struck twice closes ${what} and presses nothing behind it`, async () => {
      for (const gesture of ['held', 'twice']) {
        await open();
        const dialogs = await page.locator('dialog[open]').count();
        assert.ok(dialogs > 0);
        const before = await names();
        if (gesture === 'held') await hold(key);
        else for (let time = 0; time < 2; time += 1) await page.keyboard.press(key);
        await page.waitForFunction((count) => document.querySelectorAll('dialog[open]').length < count, dialogs);
        assert.deepEqual(await names(), before, gesture);
      }
      await pass(600);
      // What had the focus is pressed again, once she has seen it.
      const requests = (await names()).length;
      const dialogs = await page.locator('dialog[open]').count();
      await page.keyboard.press(key);
      await pass(50);
      assert.ok((await names()).length > requests || (await page.locator('dialog[open]').count()) !== dialogs, 'half a second later it works');
    });
  }
}

test('a key held since the screen before chooses no situation, and none is chosen in the first half second', async () => {
  await window.show('sign-in');
  await page.keyboard.down('Enter');
  await pass(14_000);
  await page.locator('.choice').first().waitFor();
  await hold('Enter');
  assert.deepEqual(await names(), ['sign_in']);
  await window.show('code');
  await page.keyboard.type('KDRTWXZB');
  await page.keyboard.down('Enter');
  await pass(700);
  await page.locator('.choice').first().waitFor();
  await hold('Enter');
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['confirm_code'], 'nor by a second press that was on its way');
  await pass(600);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['confirm_code', 'choose_situation'], 'then it may be chosen');
});

test('a key that is held signs in once, and what is typed in a field goes on', async () => {
  await window.show('situation-seven');
  await page.locator('#filter').focus();
  await page.keyboard.down('a');
  for (let time = 0; time < 2; time += 1) await page.keyboard.down('Space');
  await page.keyboard.up('Space');
  await page.keyboard.up('a');
  assert.equal(await page.locator('#filter').inputValue(), 'a  ');
  await window.show('sign-in');
  await page.locator('.means button').focus();
  await hold('Enter');
  await hold('Enter');
  assert.deepEqual(await names(), ['sign_in']);
});

/** With Ctrl down, as a keyboard does while a letter is held. */
async function holdWithControl(key) {
  await page.keyboard.down('Control');
  await hold(key);
  await page.keyboard.up('Control');
}

test('Ctrl+L hides the session wherever she is in it, once however long it is held, and the next key does not sign in', async () => {
  for (const scenario of ['card-pulled-lock', 'signed-in-last-minute', 'signed-in-shared', 'situation-two', 'own-sessions', 'support-signed-in', 'signed-in']) {
    await window.show(scenario);
    const before = (await names()).length;
    await holdWithControl('l');
    const asked = (await names()).slice(before);
    assert.deepEqual(asked, ['lock'], scenario);
    await page.locator('h1', { hasText: WORDS.fr.locked.title }).waitFor();
    await closed();
    assert.doesNotMatch(await page.locator('body').innerText(), /FICTIF/, scenario);
  }
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['lock'], 'a press that was on its way');
  await pass(600);
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), ['lock', 'sign_in']);
});

test('the button locks too, once however it is pressed, and capitals or Cmd are no hindrance', async () => {
  const lock = () => button(/^Verrouiller/);
  for (const press of [() => lock().dblclick(), () => lock().press('Enter'), () => strike('L', 'KeyL', { ctrlKey: true }), () => strike('l', 'KeyL', { metaKey: true })]) {
    await window.show('signed-in');
    await press();
    await page.locator('h1', { hasText: WORDS.fr.locked.title }).waitFor();
    assert.deepEqual(await names(), ['lock']);
  }
  await window.show('signed-in');
  await lock().focus();
  await hold('Enter');
  assert.deepEqual(await names(), ['lock'], 'Enter, held');
});

test('Ctrl+L over the help closes it, over a problem asks the engine, and nowhere else does anything; nor does another L', async () => {
  await window.show('signed-in');
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Control+l');
  await closed();
  assert.deepEqual(await names(), ['lock']);
  await window.show('problem');
  await holdWithControl('l');
  assert.deepEqual(await names(), ['lock'], 'an open session may lie under it');
  for (const scenario of ['sign-in', 'waiting', 'locked', 'ended-idle', 'signing-out']) {
    await window.show(scenario);
    await page.keyboard.press('Control+l');
    assert.deepEqual(await names(), [], scenario);
  }
  await window.show('signed-in');
  for (const key of ['l', 'Shift+L', 'Control+Alt+l', 'Control+Shift+L', 'Alt+l']) await page.keyboard.press(key);
  assert.deepEqual(await names(), []);
});

test('Escape, however often, closes no dialog that only something else answers', async () => {
  for (const scenario of ['card-pulled-lock', 'card-pulled-end', 'support-card-pulled']) {
    await window.show(scenario);
    for (let time = 0; time < 4; time += 1) await page.keyboard.press('Escape');
    await hold('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 1, scenario);
    // As a browser that asks nobody.
    await page.evaluate(() => document.querySelector('dialog').close());
    await page.locator('dialog[open]').waitFor();
    assert.ok(await page.evaluate(() => document.querySelector('dialog').matches(':modal') && document.activeElement.closest('dialog') !== null), scenario);
    assert.deepEqual(await names(), [], scenario);
  }
});

test('Escape struck twice closes the help and leaves the screen behind it', async () => {
  await window.show('waiting');
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  for (let time = 0; time < 2; time += 1) await page.keyboard.press('Escape');
  await closed();
  assert.deepEqual(await names(), []);
  await pass(600);
  await page.keyboard.press('Escape');
  assert.deepEqual(await names(), ['cancel']);
});

test('digits choose by their place too: on a French keyboard they want Shift', async () => {
  const order = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'];
  for (const [index, key] of ['&', 'é', '"', "'", '(', '-', 'è'].entries()) {
    await window.show('situation-seven');
    await pass(600);
    await strike(key, `Digit${index + 1}`);
    assert.deepEqual(await asked(), [order[index]], key);
  }
  await window.show('situation-seven');
  await pass(600);
  await strike('2', 'Numpad2');
  assert.deepEqual(await asked(), ['s2'], 'once');
  await window.show('situation-seven');
  await pass(600);
  for (const [key, code, more] of [
    ['&', 'Digit1', { ctrlKey: true }], ['&', 'Digit1', { altKey: true }], ['&', 'Digit1', { metaKey: true }], ['|', 'Digit6', { modifierAltGraph: true }],
    ['&', 'Digit1', { repeat: true }], ['&', 'Digit1', { isComposing: true }], ['ArrowDown', 'Numpad2', {}], ['End', 'Numpad1', {}], ['ç', 'Digit9', {}], ['à', 'Digit0', {}],
  ]) await strike(key, code, more);
  await page.locator('#filter').focus();
  await strike('é', 'Digit2');
  assert.deepEqual(await asked(), []);
});

test('a digit or F2 that was on its way when a screen came or a dialog went does nothing', async () => {
  await window.show('situation-two');
  await page.keyboard.press('1');
  assert.deepEqual(await names(), [], 'not seen yet');
  await pass(600);
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await closed();
  await page.keyboard.press('2');
  assert.deepEqual(await names(), [], 'behind the help a moment ago');
  await pass(600);
  await page.keyboard.press('2');
  assert.deepEqual(await names(), ['choose_situation']);
  await window.show('signed-in-shared');
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await closed();
  await page.keyboard.press('F2');
  assert.deepEqual(await names(), []);
  await pass(600);
  await page.keyboard.press('F2');
  assert.deepEqual(await names(), ['change_user']);
});

test('F1 opens the help and closes it; with another key down, neither it nor F2 does anything', async () => {
  await window.show('signed-in-shared');
  for (const modifier of ['Control', 'Alt', 'Shift', 'Meta']) {
    for (const key of ['F1', 'F2']) await page.keyboard.press(`${modifier}+${key}`);
  }
  assert.deepEqual([await names(), await page.locator('dialog[open]').count()], [[], 0]);
  await hold('F1');
  assert.equal(await page.locator('dialog[open]').count(), 1, 'however long it is held');
  await page.keyboard.press('F1');
  await closed();
});

test('Ctrl with the Insert of the digit keys copies: it changes no size', async () => {
  await window.show('sign-in');
  await strike('Insert', 'Numpad0', { ctrlKey: true });
  assert.deepEqual(await names(), []);
  await strike('0', 'Numpad0', { ctrlKey: true });
  assert.deepEqual(await names(), ['zoom']);
});

test('Enter in the filter chooses the only situation that is left; arrows go from one to the next', async () => {
  await window.show('situation-seven');
  await pass(600);
  const here = () => page.evaluate(() => document.activeElement.id || [...document.querySelectorAll('.choice')].indexOf(document.activeElement));
  await page.locator('#filter').fill('medecin');
  await page.keyboard.press('Enter');
  assert.deepEqual(await names(), [], 'several are left');
  await page.keyboard.press('ArrowDown');
  assert.equal(await here(), 0);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  assert.equal(await here(), 1);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await here(), 'filter');
  await page.keyboard.press('End');
  assert.equal(await here(), 'filter', 'among its letters');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  const last = await page.locator('.choice').count() - 1;
  assert.equal(await here(), last);
  await page.keyboard.press('Home');
  assert.equal(await here(), 0);
  await page.locator('#filter').fill('creteil');
  await hold('Enter', 2);
  assert.deepEqual(await asked(), ['s6']);
});

/** What F1 lists, and what is then true: each of them does something, and no other does. */
test('the help lists the keys that do something on each screen, and no other', async () => {
  const list = WORDS.fr.help.keys.list;
  const struck = { enter: 'Enter', escape: 'Escape', digits: '1', user: 'F2', lock: 'Control+l' };
  const seen = new Map();
  for (const scenario of Object.keys(SCENARIOS)) {
    await window.show(scenario);
    // A dialog covers it: it has its own answers.
    if ((await page.locator('dialog[open]').count()) > 0) continue;
    const place = await page.locator('h1').innerText();
    const answers = await page.evaluate(() => ['[data-enter]', '[data-escape]', '.choice'].map((selector) => document.querySelector(selector) !== null));
    const kind = `${place} ${answers} ${SCENARIOS[scenario].service?.shared_workstation ?? false}`;
    // One of a kind is enough.
    if (seen.has(kind)) continue;
    seen.set(kind, true);
    await page.keyboard.press('F1');
    const told = await page.locator('.keys kbd').allInnerTexts();
    await page.keyboard.press('Escape');
    await closed();
    await page.clock.fastForward(600);
    assert.ok(told.includes('F1'), scenario);
    for (const [name, key] of Object.entries(struck)) {
      const isTold = told.includes(list[name].key);
      // Whether an open session lies under a problem, the engine knows alone: it is asked, and nothing is promised.
      if (name === 'lock' && SCENARIOS[scenario].screen(0).name === 'problem') continue;
      // What is told is tried on the first screen of its kind only.
      if (isTold && seen.get(`${name} ${place}`)) continue;
      if (isTold) await window.show(scenario);
      if (isTold) await page.clock.fastForward(600);
      await page.locator('main').focus();
      // Any key is activity, which shows.
      await page.keyboard.press('Shift');
      const was = await page.evaluate(() => document.querySelector('main').innerHTML);
      await page.keyboard.press(key);
      const acts = (await names()).length > 0 || (await page.evaluate(() => document.querySelector('main').innerHTML)) !== was;
      assert.equal(acts, isTold, `${scenario}: ${key}`);
      if (isTold) {
        seen.set(`${name} ${place}`, true);
        await window.show(scenario);
      }
    }
  }
  assert.ok(seen.size > 20, `${seen.size}`);
});
