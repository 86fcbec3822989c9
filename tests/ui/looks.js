// How every screen looked when someone last agreed to it, in few bytes: the mean red, green and blue of each square of it. `./dev pictures` agrees to the new looks.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const FOLDER = path.join(import.meta.dirname, 'looks');
/** Points of a side of a square: less than a button is high, more than the edge of a letter. */
const SIDE = 20;
/**
 * Of 255, by which a square may differ in one of its colours. Where letters are drawn as they were when the looks were kept, two takes differ by nothing: the
 * two left are for a machine that rounds otherwise. Elsewhere, letters that are smoothed otherwise move a mean by one to three; an icon that is gone, a line
 * of text two points further down or a paler button move it by ten and more, another colour by as much in one of the three.
 */
const TOLERATED = { alike: 2, otherwise: 6 };

/** Sets whose looks are kept: both languages, themes and zooms, and French in both themes, which is what most people look at. */
export const KEPT = ['fr-light-100', 'fr-dark-100', 'en-dark-200'];

/** How this browser draws: its version, and a sum over letters and shapes that it drew, for the same one smooths otherwise on another machine. */
async function hand(blank, browser) {
  const sum = await blank.evaluate(() => {
    const drawing = new OffscreenCanvas(400, 120).getContext('2d');
    drawing.fillStyle = '#fff';
    drawing.fillRect(0, 0, 400, 120);
    drawing.fillStyle = '#222';
    for (const [at, font] of ['16px sans-serif', 'bold 28px sans-serif', '14px monospace'].entries()) {
      drawing.font = font;
      drawing.fillText('Médecin, Ville-d’Exemple 0123456789', 4, 30 + 35 * at);
    }
    let sum = 0;
    for (const value of drawing.getImageData(0, 0, 400, 120).data) sum = (sum * 31 + value) % 4_294_967_291;
    return sum.toString(36);
  });
  return `${browser.version()} ${sum}`;
}

/** Mean red of each square of a picture, row by row, then what green and what blue have more. Decoded in a page without a policy, opened once by the caller. */
async function colours(blank, picture) {
  const { columns, means } = await blank.evaluate(async ({ base64, side }) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d');
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    const columns = Math.ceil(image.width / side);
    const squares = columns * Math.ceil(image.height / side);
    const sums = [0, 1, 2].map(() => new Float64Array(squares));
    const counts = new Float64Array(squares);
    for (let point = 0; point < image.width * image.height; point += 1) {
      const square = Math.floor(Math.floor(point / image.width) / side) * columns + Math.floor((point % image.width) / side);
      for (const colour of [0, 1, 2]) sums[colour][square] += data[point * 4 + colour];
      counts[square] += 1;
    }
    const [red, green, blue] = sums.map((all) => [...all].map((sum, square) => Math.round(sum / counts[square])));
    // Most are grey, and all but alike: what differs from one to the next is packed best.
    return { columns, means: [...red, ...green.map((mean, at) => (mean - red[at] + 256) % 256), ...blue.map((mean, at) => (mean - red[at] + 256) % 256)] };
  }, { base64: picture.toString('base64'), side: SIDE });
  return { columns, means: Buffer.from(means) };
}

/** The looks of one set: each picture is held against the kept one as it is taken; at the end, all of them are there. */
export async function looksOf(set, browser) {
  const file = path.join(FOLDER, `${set}.txt`);
  const isKeeping = process.env.VESTIBULE_PICTURES === 'keep';
  const [drawn = '', ...all] = lines(file);
  const kept = new Map(all.map((line) => line.split(' ')).map(([name, columns, packed]) => [name, { columns: Number(columns), means: inflateRawSync(Buffer.from(packed, 'base64')) }]));
  const seen = new Map();
  const blank = await browser.newPage();
  const draws = await hand(blank, browser);
  const tolerated = draws === drawn ? TOLERATED.alike : TOLERATED.otherwise;
  return {
    /** What differs, as a line that a person can read; nothing if nothing does. */
    async wrongWith(name, picture) {
      const look = await colours(blank, picture);
      const former = kept.get(name);
      const where = former === undefined ? 'looks like nothing that was kept' : difference(former, look, tolerated);
      // What changed only as much as is tolerated stays as it was kept.
      seen.set(name, where === null ? former : look);
      return where === null || isKeeping ? [] : [`${where} (./dev pictures agrees to it)`];
    },
    async end() {
      await blank.close();
      if (isKeeping) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, `${draws}\n` + [...seen].map(([name, { columns, means }]) => `${name} ${columns} ${deflateRawSync(means, { level: 9 }).toString('base64')}\n`).sort().join(''));
      } else {
        assert.deepEqual([...kept.keys()].filter((name) => !seen.has(name)), [], 'every kept look is of a screen that there is');
      }
    },
  };
}

function lines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The three means of a square. */
function meansOf({ means }, square, squares) {
  const red = means[square];
  return [red, (red + means[squares + square]) % 256, (red + means[2 * squares + square]) % 256];
}

function difference(former, look, tolerated) {
  if (former.columns !== look.columns || former.means.length !== look.means.length) return 'is of another size';
  const all = look.means.length / 3;
  const by = (square) => {
    const before = meansOf(former, square, all);
    return Math.max(...meansOf(look, square, all).map((mean, colour) => Math.abs(mean - before[colour])));
  };
  const squares = [...Array(all).keys()].filter((square) => by(square) > tolerated);
  if (squares.length === 0) return null;
  const across = squares.map((square) => square % look.columns);
  const down = squares.map((square) => Math.floor(square / look.columns));
  const [left, right] = [Math.min(...across), Math.max(...across) + 1].map((column) => column * SIDE);
  const [top, bottom] = [Math.min(...down), Math.max(...down) + 1].map((row) => row * SIDE);
  return `looks otherwise in ${squares.length} squares between ${left},${top} and ${right},${bottom}, by up to ${Math.max(...squares.map(by))} of 255`;
}
