// What a screen reader is given: every screen of the fake engine, in both languages, through Chromium's own tree of accessibility.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page, pass, window } from './each-test.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');
const WORDS = { fr: (await load('i18n/fr.ts')).fr, en: (await load('i18n/en.ts')).en };

const plain = (text) => text.replace(/\s+/g, ' ').replace(/ ([,.])/g, '$1').trim();

/** Everything that is exposed, with what each is called. */
async function exposed() {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  return nodes.filter(({ ignored }) => !ignored).map(({ role, name, description, properties = [], backendDOMNodeId }) => ({
    id: backendDOMNodeId, role: role.value, name: plain(name?.value ?? ''), description: plain(description?.value ?? ''),
    focused: properties.some((property) => property.name === 'focused' && property.value.value === true),
  }));
}

/** What the screen says by its heading, and what it adds: as a person reads it. */
const said = () => page.evaluate(() => {
  const text = (id) => document.getElementById(id)?.textContent ?? '';
  return { heading: text('screen-title'), texts: ['screen-text', 'screen-place', 'screen-more', 'screen-new', 'screen-time'].map(text).filter((part) => part.trim() !== '') };
});

/** Texts that are spoken by themselves, of what is not covered by a dialog. */
const announced = () => page.evaluate(() => {
  const all = [...(document.querySelector('dialog[open]') ?? document).querySelectorAll('[role=status], [role=alert], [aria-live]')];
  return all.map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
});

async function wrongWith(scenario, lang) {
  const wrong = [];
  await window.show(scenario, { lang });
  const { heading, texts } = await said();
  const all = await exposed();
  const dialog = all.find(({ role }) => role === 'dialog');
  const focused = all.filter((node) => node.focused && node.role !== 'RootWebArea');
  if (focused.length !== 1) return [`${focused.length} elements have the focus`];
  const [{ name, description }] = focused;
  if (name === '' && dialog === undefined) wrong.push('what has the focus has no name');
  if (dialog === undefined) {
    if (!`${name} ${description}`.includes(plain(heading))) wrong.push(`“${name}” (${description}) does not say “${plain(heading)}”`);
    for (const text of texts) if (!description.includes(plain(text))) wrong.push(`“${description}” does not say “${plain(text)}”`);
    // The heading of somebody signed in is a name.
    const title = scenario.startsWith('signed-in') ? WORDS[lang].signedIn.title : heading;
    if (!(await page.title()).startsWith(`${title.trim()} – `)) wrong.push(`the window is called “${await page.title()}”`);
  } else if (dialog.name === '' || dialog.description === '') {
    wrong.push('a dialog without a name or a description');
  }
  wrong.push(...all.filter(({ role }) => /progress|meter/.test(role)).map(({ role }) => `${role} is exposed`));
  wrong.push(...all.filter((node) => `${node.name} ${node.description}`.includes('·')).map((node) => `a dot is spoken: ${node.role} “${node.name}”`));
  const acting = all.filter(({ role }) => ['button', 'link', 'textbox', 'searchbox', 'DisclosureTriangle'].includes(role));
  for (const node of acting) {
    if (node.name === '') wrong.push(`a ${node.role} without a name`);
    if (acting.some((other) => other !== node && other.name === node.name)) wrong.push(`two are called “${node.name}”`);
  }
  // By their style they have no marks: some engines then take them for panels.
  wrong.push(...await page.evaluate(() => [...document.querySelectorAll('ul, ol')].filter((list) => list.getAttribute('role') !== 'list').map((list) => `not a list for everybody: ${list.outerHTML.slice(0, 60)}`)));
  const spoken = await announced();
  for (const [at, text] of spoken.entries()) if (spoken.some((other, number) => number !== at && other.includes(text))) wrong.push(`spoken twice: ${text}`);

  // A minute later, nothing that describes has counted.
  const described = new Map(all.filter((node) => node.description !== '').map((node) => [node.id, node.description]));
  await page.clock.fastForward(61_000);
  await pass(1_000);
  for (const { id, description: later } of await exposed()) {
    if (described.has(id) && later !== '' && later !== described.get(id)) wrong.push(`a description changed by itself: ${described.get(id)} → ${later}`);
  }
  if (await page.evaluate(() => document.activeElement === document.body)) wrong.push('a minute later nothing has the focus');
  return wrong;
}

for (const lang of ['fr', 'en']) {
  test(`every screen in ${lang} is heard when it comes: a name, a description that does not count, each text once, lists that are lists`, async () => {
    const wrong = [];
    for (const scenario of Object.keys(SCENARIOS)) wrong.push(...(await wrongWith(scenario, lang)).map((line) => `${scenario}: ${line}`));
    assert.deepEqual(wrong, []);
  });
}

test('from the first screen to the last the focus is never on the body, and the heading lives on from one browser screen to the other', async () => {
  await window.show('sign-in');
  const lost = [];
  const look = async (where) => {
    if (await page.evaluate(() => document.activeElement === document.body)) lost.push(where);
  };
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: 'va s’ouvrir' }).waitFor();
  await look('opening');
  await page.evaluate(() => (document.querySelector('h1').dataset.same = 'yes'));
  for (const after of [500, 1_000, 1_000, 6_000, 4_000]) {
    await pass(after);
    await look(`waiting, after ${after}`);
    assert.equal(await page.locator('h1').getAttribute('data-same'), 'yes');
    assert.match(await page.title(), /^Continuez dans votre navigateur – /);
  }
  await pass(2_000);
  await page.locator('.choice').first().waitFor();
  await look('situations');
  await pass(500);
  await page.keyboard.press('1');
  await page.locator('.place').waitFor();
  await look('signed in');
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  await look('help');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await look('help closed');
  await pass(600);
  for (const button of ['À propos', 'Données personnelles', 'Retour', 'Retour', 'Configuration et diagnostic']) {
    await page.getByRole('button', { name: button }).press('Enter');
    await pass(50);
    await look(button);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Se déconnecter' }).press('Enter');
  await pass(50);
  await look('signing out');
  await pass(1_100);
  await look('signed out');
  assert.deepEqual(lost, []);
});

test('what had the focus may go: the focus stays on the screen', async () => {
  await window.show('signed-in-five-minutes');
  await page.getByRole('button', { name: 'Prolonger maintenant' }).press('Enter');
  await page.getByRole('button', { name: 'Prolonger maintenant' }).waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.localName), 'main');
  // A screen that came while the help was open.
  await window.show('sign-in');
  await page.keyboard.press('Enter');
  await page.keyboard.press('F1');
  await page.locator('dialog[open]').waitFor();
  await pass(14_000);
  await page.locator('.choice').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.notEqual(await page.evaluate(() => document.activeElement.localName), 'body');
});

test('the end of a session is said three times: at five minutes, at one, and at twenty seconds', async () => {
  await window.show('signed-in-five-minutes');
  const heard = new Set();
  for (let seconds = 0; seconds < 249; seconds += 1) {
    await page.clock.fastForward(1_000);
    for (const text of await announced()) heard.add(text);
    const question = (await exposed()).find(({ role }) => role === 'dialog');
    if (question !== undefined) heard.add(question.description.split('.')[0]);
  }
  assert.deepEqual([...heard].map((text) => plain(text).replace(/\.$/, '')), ['La session se ferme dans 4 minutes', 'La session se ferme dans 1 minute', 'La session se ferme dans 20 secondes']);
});

test('the time left is heard where she arrives, and again as it is when she comes back', async () => {
  for (const [scenario, told] of [['signed-in', /Encore 14 minutes sans activité\.$/], ['signed-in-absolute-first', /Encore 10 minutes\.$/], ['situation-two', /Encore 14 minutes sans activité\.$/]]) {
    await window.show(scenario);
    const described = async () => (await exposed()).find(({ focused, role }) => focused && role !== 'RootWebArea').description;
    assert.match(await described(), told, scenario);
    await page.clock.fastForward(3 * 60_000);
    await page.locator('.bar-link').first().focus();
    await page.locator(scenario === 'situation-two' ? '.choice' : 'main').first().focus();
    assert.match(await described(), scenario === 'signed-in-absolute-first' ? /Encore 7 minutes/ : /Encore 11 minutes/, scenario);
  }
});

test('wrong letters are told with the tries that are left', async () => {
  for (const lang of ['fr', 'en']) {
    await window.show('code-refused', { lang });
    const left = SCENARIOS['code-refused'].screen(0).tries_left;
    assert.ok(plain(await page.getByRole('alert').innerText()).includes(plain(WORDS[lang].code.countLeft(left))));
  }
});

test('F1 is read as it opens: what to do now, then every key', async () => {
  for (const lang of ['fr', 'en']) {
    await window.show('sign-in', { lang });
    await page.keyboard.press('F1');
    await page.locator('dialog[open]').waitFor();
    const { description } = (await exposed()).find(({ role }) => role === 'dialog');
    const { now, keys } = WORDS[lang].help;
    assert.ok(description.startsWith(plain(now.sign_in)), description);
    assert.ok(description.includes(plain(`${WORDS[lang].help.tell} ACCUEIL-03, `)), description);
    const list = await page.locator('.keys kbd').evaluateAll((all) => all.map((one) => one.textContent));
    const told = Object.values(keys.list).filter(({ key }) => list.includes(key));
    assert.ok(told.length > 3);
    for (const { key, text } of told) assert.ok(description.includes(`${plain(text)}.`) && description.includes(plain(key)), `${key}: ${description}`);
  }
});

test('the language button is read in its own language, and digits do not stand alone: Tab and Enter are said too', async () => {
  await window.show('situation-seven');
  assert.equal(await page.getByRole('button', { name: 'English' }).getAttribute('lang'), 'en');
  const first = (await exposed()).find(({ focused, role }) => focused && role === 'button');
  assert.match(first.description, /appuyez sur.1 à 7\..*Tab, puis Entrée/);
  assert.match(first.name, /^Médecin, médecine générale, Dernier choix, Cabinet/);
  await window.show('situation-seven', { lang: 'en' });
  assert.equal(await page.getByRole('button', { name: 'Français' }).getAttribute('lang'), 'fr');
});
