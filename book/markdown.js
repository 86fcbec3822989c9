// Markdown as the forge reads it, made into pages of a book: same anchors, links between pages kept.
import { posix } from 'node:path';
import markdownIt from 'markdown-it';

/** A heading's address, as the forge makes it (`anchor` of tests/it/documents.rs). */
export const anchor = (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N} _-]/gu, '').replace(/ /g, '-');

/** Where a page of the repository stands in the book. */
export const address = (page) => (page === 'README.md' ? 'index.html' : page.replace(/\.(md|toml)$/, '.html'));

const isOutside = (link) => /^[a-z][a-z+.-]*:/i.test(link);

/**
 * A page's HTML with its title, its headings and all that it leads to. `known` says which files of the repository are pages.
 * Leads: { to: file of the repository, heading, text }.
 */
export function render(page, text, known) {
  const md = markdownIt({ html: true });
  const headings = [];
  const leads = [];
  const taken = new Map();
  const folder = posix.dirname(page);

  const turned = (link) => {
    if (isOutside(link)) return link;
    const [file, heading] = decodeURIComponent(link).split('#');
    const to = file === '' ? page : posix.normalize(posix.join(folder, file));
    leads.push({ to, heading, text: link });
    const there = posix.relative(posix.dirname(address(page)), known.has(to) ? address(to) : to);
    return (file === '' ? '' : encodeURI(there)) + (heading === undefined ? '' : `#${encodeURIComponent(heading)}`);
  };

  md.core.ruler.push('book', ({ tokens }) => {
    tokens.forEach((token, at) => {
      if (token.type === 'heading_open') {
        const said = tokens[at + 1].children.filter(({ type }) => ['text', 'code_inline'].includes(type)).map(({ content }) => content).join('');
        const base = anchor(said);
        const times = taken.get(base) ?? 0;
        taken.set(base, times + 1);
        const id = times === 0 ? base : `${base}-${times}`;
        token.attrSet('id', id);
        headings.push({ id, level: Number(token.tag[1]), text: said });
      }
      if (token.type === 'inline') {
        token.children.forEach((child) => {
          if (child.type === 'link_open') child.attrSet('href', turned(child.attrGet('href')));
          if (child.type === 'image') child.attrSet('src', turned(child.attrGet('src')));
          if (child.type === 'html_inline') child.content = turnedHtml(child.content);
        });
      }
      if (token.type === 'html_block') token.content = turnedHtml(token.content);
      // The corner of a table heads nothing.
      if (token.type === 'th_open' && tokens[at + 1].content === '') tokens[at + 2].tag = token.tag = 'td';
      // A code that support is told leads to its own line.
      if (token.type === 'tr_open' && tokens[at + 1].type === 'td_open') {
        const [code] = tokens[at + 2].content.match(/^`?VST-\d{4}`?$/) ?? [];
        if (code !== undefined) token.attrSet('id', code.replaceAll('`', '').toLowerCase());
      }
    });
  });
  const turnedHtml = (html) =>
    html.replace(/<!--[^]*?-->\n?/g, '').replace(/\b(src|srcset|href)="([^"]+)"/g, (_, name, link) => `${name}="${turned(link)}"`);

  // What is wider than the column scrolls in it, by the keyboard too.
  md.renderer.rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
  md.renderer.rules.fence = (tokens, at) => `<pre tabindex="0"${tokens[at].info.endsWith(' wrapped') ? ' class="wrapped"' : ''}><code>${md.utils.escapeHtml(tokens[at].content)}</code></pre>\n`;

  const html = md.render(text);
  return { html, headings, leads, title: headings.find(({ level }) => level === 1)?.text };
}

/** The sample configuration as a page: a heading for each section, so that it can be leafed through and linked to. */
export function sampleAsMarkdown(sample) {
  const lines = sample.split('\n');
  let markdown = '# Paramètres du serveur de connexion\n\n';
  let block = [];
  const close = () => {
    if (block.some((line) => line !== '')) markdown += `\`\`\`toml wrapped\n${block.join('\n').trim()}\n\`\`\`\n\n`;
    block = [];
  };
  lines.forEach((line, at) => {
    // The comment above a section speaks of it.
    const [, section] = line.match(/^#?\[+([^\]]+)\]+$/) ?? [];
    if (section !== undefined) {
      const about = [];
      while (block.length > 0 && /^# /.test(block[block.length - 1])) about.unshift(block.pop().slice(2));
      close();
      markdown += `## [${section}]\n\n${about.join(' ')}\n\n`;
    }
    block.push(line);
    if (at === lines.length - 1) close();
  });
  return markdown;
}
