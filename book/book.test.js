// The book as its readers have it: a folder of files opened in a real Chromium, without a server and without a network.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { axeViolations, launch, serve, sidewaysScroll } from '../tests/ui/browser.js';
import { build } from './build.js';
import { address } from './markdown.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const OUT = mkdtempSync(join(tmpdir(), 'vestibule-book.'));
const url = (name) => pathToFileURL(join(OUT, name)).href;

let browser;
let pages;
before(async () => {
  pages = build(ROOT, OUT).map(({ path }) => address(path));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(OUT, { recursive: true, force: true });
});

/** A tab that hears complaints, and whatever is asked of another place than the folder of the book. */
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'fr-FR', ...options });
  const page = await context.newPage();
  const complaints = [];
  const asked = [];
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('response', (response) => { if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`); });
  // What a page that is left behind asked for is no failure.
  page.on('requestfailed', (request) => { if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`); });
  page.on('request', (request) => asked.push(request.url()));
  page.setDefaultTimeout(10_000);
  return { page, complaints, asked, close: () => context.close() };
}

describe('pages', () => {
  test('every page has its title, its place among the chapters and one heading', () => {
    for (const name of pages) {
      const html = readFileSync(join(OUT, name), 'utf8');
      assert.match(html, /<title>[^<]{6,}<\/title>/, name);
      assert.equal(html.match(/<h1 /g)?.length, 1, name);
      assert.equal(html.match(/aria-current="page"/g)?.length, 1, name);
    }
    assert.ok(pages.length > 40, `${pages.length} pages`);
  });

  test('the first screens of the book name the page of each of its five readers', () => {
    const html = readFileSync(join(OUT, 'index.html'), 'utf8');
    const first = html.slice(html.indexOf('<h1 '), html.indexOf('<h2 '));
    for (const page of ['clinicien', 'deployer-compagnon', 'deployer-postes', 'support', 'editeur', 'evaluateur']) assert.ok(first.includes(`href="docs/fr/${page}.html`), page);
  });

  test('every page opens from the folder, in the narrowest window, and asks nothing of another place', async () => {
    const { page, complaints, asked, close } = await open({ viewport: { width: 320, height: 640 } });
    for (const name of pages) {
      await page.goto(url(name), { waitUntil: 'domcontentloaded' });
      assert.equal(await sidewaysScroll(page), 0, name);
    }
    await page.evaluate(() => document.fonts.ready);
    await close();
    assert.deepEqual(complaints, []);
    // The face is among what was heard: the ear is not deaf.
    assert.ok(asked.some((one) => one.endsWith('.woff2')));
    const elsewhere = asked.filter((one) => !one.startsWith(pathToFileURL(OUT).href) && !one.startsWith('data:'));
    assert.deepEqual(elsewhere, []);
  });

  /** Words of the page that go on in another line, but for code and addresses, which have no other place to break. */
  const brokenWords = (page) =>
    page.evaluate(() => {
      const broken = [];
      const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node.parentElement.closest('code, pre') !== null) continue;
        for (const { 0: word, index } of node.data.matchAll(/[\p{L}\p{M}’]{4,24}/gu)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top))).size > 1) broken.push(word);
        }
      }
      return broken;
    });

  test('no word is broken on a telephone', async () => {
    const { page, close } = await open({ viewport: { width: 390, height: 800 } });
    for (const name of pages) {
      await page.goto(url(name), { waitUntil: 'domcontentloaded' });
      assert.deepEqual(await brokenWords(page), [], name);
    }
    await close();
  });

  test('on paper no table is cut and no word is broken', async () => {
    // A4 without its margins, in the pixels of CSS.
    const { page, close } = await open({ viewport: { width: 680, height: 960 } });
    await page.emulateMedia({ media: 'print' });
    let columns = 0;
    for (const name of pages) {
      await page.goto(url(name), { waitUntil: 'domcontentloaded' });
      assert.deepEqual(await brokenWords(page), [], name);
      const cut = await page.evaluate(() => {
        const edge = document.querySelector('main').getBoundingClientRect().right;
        return [...document.querySelectorAll('main :is(table, pre, .wide)')].filter((one) => one.getBoundingClientRect().right > edge + 1 || one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.trim().slice(0, 60));
      });
      assert.deepEqual(cut, [], name);
      columns = Math.max(columns, await page.evaluate(() => Math.max(0, ...[...document.querySelectorAll('tr')].map((row) => row.cells.length))));
    }
    await close();
    assert.ok(columns > 5, `${columns} columns`);
  });

  test('every link leads to a file of the book and to a place in it', () => {
    const ids = new Map(pages.map((name) => [name, new Set([...readFileSync(join(OUT, name), 'utf8').matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]));
    let followed = 0;
    const dead = pages.flatMap((name) =>
      [...readFileSync(join(OUT, name), 'utf8').matchAll(/ (?:href|src|srcset)="([^"]*)"/g)]
        .map(([, link]) => link.replaceAll('&amp;', '&'))
        .filter((link) => !/^(https?|mailto|data):/.test(link))
        .filter((link) => {
          const [file, id] = link.split('#').map(decodeURIComponent);
          const there = file === '' ? name : join(dirname(name), file);
          followed += 1;
          return !existsSync(join(OUT, there)) || (id !== undefined && !ids.get(there)?.has(id));
        })
        .map((link) => `${name}: ${link}`),
    );
    assert.deepEqual(dead, []);
    assert.ok(followed > 1000, `${followed} links`);
  });

  test('a page is read in either theme, by the keyboard, and axe finds nothing', async () => {
    const grounds = new Set();
    for (const colorScheme of ['light', 'dark']) {
      const { page, close } = await open({ colorScheme });
      await page.goto(url('docs/fr/deployer-compagnon.html'));
      assert.deepEqual(await axeViolations(page), []);
      await page.locator('#recherche').fill('certificat');
      await page.locator('#resultats li a').first().waitFor();
      assert.deepEqual(await axeViolations(page), []);
      await page.goto(url('index.html'));
      grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Aller au contenu');
      await close();
    }
    assert.equal(grounds.size, 2);
  });
});

/** What is typed, and a place that must be among the first five. */
const SEARCHES = [
  ['clés de chiffrement', 'docs/fr/administrateur.html#la-clé-de-chiffrement'],
  ['cle chiffrement', 'docs/fr/administrateur.html#la-clé-de-chiffrement'],
  ['VST-2041', 'docs/codes-erreur.html#vst-2041'],
  ['vst 1004', 'docs/codes-erreur.html#vst-1004'],
  ['sauvegarde', 'docs/fr/administrateur.html#sauvegarder-et-restaurer'],
  ['trusted_proxies', 'docs/fr/administrateur.html#derrière-un-proxy-inverse'],
  ['copie mémoire', 'docs/fr/deployer-postes.html#copies-de-la-mémoire'],
  ['vst2041', 'docs/codes-erreur.html#vst-2041'],
  ['GPO', 'docs/fr/deployer-postes.html#par-une-stratégie-de-groupe'],
];
/** What clinicians type, in their own words and spellings: their guide must be among the first three. */
const CLINICIANS = ['déconnexion', 'changer d’utilisateur', 'changer d\'utilisateur', 'poste partagé', 'session', 'eCPS', 'ecps', 'e-CPS', 'je n’arrive pas à me connecter', 'raccourcis clavier', 'verrouillage', 'code pin'];
/** Forms of a word that must find the very same places. */
const SAME = [['expiré', 'expiration'], ['clé', 'cles'], ['Déconnecter', 'deconnecte'], ['verrouillage', 'verrouiller'], ['déconnexion', 'se déconnecter'], ['eCPS', 'e-CPS']];

describe('search', () => {
  let tab;
  before(async () => {
    tab = await open();
    await tab.page.goto(url('docs/fr/clinicien.html'));
  });
  after(() => tab.close());

  async function places(words) {
    const { page } = tab;
    await page.locator('#recherche').fill(words);
    await page.locator('#resultats [role=status]', { hasText: /résultat/ }).waitFor();
    const links = await page.locator('#resultats li a').evaluateAll((all) => all.map((one) => one.href));
    return links.map((link) => decodeURIComponent(link.replace(`${pathToFileURL(OUT).href}/`, '')));
  }

  for (const [words, place] of SEARCHES) {
    test(`« ${words} » finds its place among the first five`, async () => {
      const found = (await places(words)).slice(0, 5);
      assert.ok(found.includes(place), found.join('\n'));
    });
  }

  for (const words of CLINICIANS) {
    test(`« ${words} » finds the guide of clinicians among the first three`, async () => {
      const found = (await places(words)).slice(0, 3);
      assert.ok(found.some((place) => place.startsWith('docs/fr/clinicien.html')), found.join('\n'));
    });
  }

  test('a code that is typed comes first as what it means, and one that there is not is told', async () => {
    for (const typed of ['VST-2041', 'vst2041', 'VST 2041', '2041', 'erreur VST-2041']) assert.equal((await places(typed))[0], 'docs/codes-erreur.html#vst-2041', typed);
    assert.deepEqual(await places('VST-9999'), []);
    assert.match(await tab.page.locator('#resultats [role=status]').textContent(), /VST-9999 n’existe pas/);
  });

  test('accents, plural and the form of a word change nothing to what is found', async () => {
    for (const [one, other] of SAME) {
      const [mine, theirs] = [await places(one), await places(other)];
      assert.ok(mine.length > 0 && mine.some((place) => theirs.includes(place)), `${one}, ${other}`);
    }
    const number = () => tab.page.locator('#resultats [role=status]').textContent();
    const [found, of] = [await places('clé'), await number()];
    assert.ok(found.length > 10, of);
    await places('CLÉS');
    assert.equal(await number(), of);
    assert.deepEqual(await places('zzyzx'), []);
    assert.equal(await number(), 'Aucun résultat');
  });

  test('the keyboard alone asks, picks and arrives; Escape gives the page back', async () => {
    const { page } = tab;
    await page.goto(url('index.html'));
    await page.keyboard.press('/');
    await page.keyboard.type('copies de la memoire');
    await page.locator('#resultats li a').first().waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement.closest('#resultats li') !== null), true);
    await page.keyboard.press('Enter');
    await page.waitForURL(/deployer-postes\.html#/);
    assert.ok(await page.locator('#copies-de-la-mémoire').isVisible());
    await page.keyboard.press('/');
    await page.keyboard.type('poste');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#resultats').isHidden(), true);
    const focused = () => page.evaluate(() => document.activeElement.id);
    assert.equal(await focused(), 'recherche', 'from the field');
    await page.keyboard.type('poste');
    await page.locator('#resultats li a').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#resultats').isHidden(), true);
    assert.equal(await focused(), 'recherche', 'from a result, which is hidden now');
    assert.deepEqual(tab.complaints, []);
  });

  test('Back from a result finds again what was asked, on its own page too; a page opened anew asks nothing', async () => {
    const { page } = tab;
    const asked = () => page.locator('#recherche').inputValue();
    for (const [place, words] of [['index', 'copies de la memoire'], ['docs/fr/clinicien', 'verrouillage']]) {
      await page.goto(url(`${place}.html`));
      assert.equal(await asked(), '');
      await page.locator('#recherche').fill(words);
      await page.locator('#resultats li a').first().click();
      await page.waitForURL(/html#/);
      assert.equal(await page.locator('#resultats').isHidden(), true, 'the page that was picked is seen');
      await page.goBack();
      await page.locator('#resultats li a').first().waitFor();
      assert.equal(await asked(), words);
    }
    await page.locator('#recherche').focus();
    await page.keyboard.press('Escape');
    await page.reload();
    assert.equal(await asked(), '', 'what was given up does not come back');
  });

  test('a plain server serves it as well, under the strictest policy of content', async () => {
    const server = await serve(OUT);
    const { page, complaints, close } = await open();
    await page.goto(`${server.origin}/docs/fr/support.html`);
    await page.locator('#recherche').fill('verrouillé');
    await page.locator('#resultats li a').first().waitFor();
    await close();
    await server.close();
    assert.deepEqual(complaints, []);
  });
});

describe('a book that would mislead is not built', () => {
  const broken = (files) => {
    const root = mkdtempSync(join(OUT, 'broken.'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return () => build(root, join(root, 'out'), [{ title: 'Vestibule', pages: ['README.md'] }]);
  };
  test('a link without its file, an anchor without its heading, a page of no chapter', () => {
    assert.throws(broken({ 'README.md': '# A\n\n[b](docs/b.md)\n' }), /README\.md : lien mort, docs\/b\.md/);
    assert.throws(broken({ 'README.md': '# A\n\n[b](#b)\n' }), /lien mort, #b/);
    assert.throws(broken({ 'README.md': '# A\n', 'docs/b.md': '# B\n' }), /docs\/b\.md : absent/);
    assert.throws(broken({ 'README.md': 'A\n' }), /pas de titre/);
    assert.doesNotThrow(broken({ 'README.md': '# A\n\n[a](#a) [l](LICENSE)\n', LICENSE: 'x' }));
  });
});
