// What a search finds: a passage under a heading, or one line of a table of codes, with the place it leads to.
import { address } from './markdown.js';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"' };
const plain = (html) =>
  html.replace(/<(br|\/p|\/li|\/t[dhr]|\/h\d|\/pre|\/table)[^>]*>/g, ' ').replace(/<[^>]+>/g, '').replace(/&(amp|lt|gt|quot);/g, (_, name) => ENTITIES[name]).replace(/\s+/g, ' ').trim();

/** Passages of a page, in order: { title, page, text, address }. */
export function passages({ path, title, html, headings }) {
  const found = html.split(/(?=<h[1-6] )/).filter((piece) => piece.trim() !== '');
  return found.flatMap((piece) => {
    const [, id] = piece.match(/^<h[1-6] id="([^"]*)"/) ?? [];
    const heading = headings.find((one) => one.id === id);
    const lines = [...piece.matchAll(/<tr id="([^"]+)">([^]*?)<\/tr>/g)];
    const rest = lines.reduce((text, [line]) => text.replace(line, ''), piece).replace(/^<h[^]*?<\/h\d>/, '');
    const here = (to, name, text) => ({ title: name, page: title, text: plain(text), address: address(path) + (to === undefined ? '' : `#${encodeURIComponent(to)}`) });
    return [
      here(heading?.level === 1 ? undefined : id, heading?.text ?? title, rest),
      ...lines.map(([, code, cells]) => here(code, plain(cells.match(/^[^]*?<\/td>[^]*?<\/td>/)?.[0] ?? code), cells)),
    ];
  });
}
