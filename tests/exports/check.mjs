// Mermaid, a HAR validator and a browser look at exports. Run by check.sh.
//
//     node check.mjs FOLDER PROFILE      of exports; for the browser

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import validator from 'har-validator';
import { JSDOM } from 'jsdom';

const [folder, profile] = process.argv.slice(2);
const read = (name) => readFileSync(join(folder, name), 'utf8');
const fail = (why) => {
    console.error(why);
    process.exit(1);
};

// Mermaid expects to be in a browser.
const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document, Option: window.Option });
const { default: mermaid } = await import('mermaid');
for (const name of ['lab.mmd', 'part.mmd', 'empty.mmd', 'odd.mmd']) {
    const { diagramType } = await mermaid.parse(read(name));
    if (diagramType !== 'sequence') fail(`${name} is a ${diagramType}`);
}

// What a reader of the diagram sees of the odd messages is what was sent.
const { db } = await mermaid.mermaidAPI.getDiagramFromText(read('odd.mmd'));
const visible = (message) => {
    // Mermaid keeps entities in a form of its own until it draws.
    const html = message.replaceAll('ﬂ°°', '&#').replaceAll('ﬂ°', '&').replaceAll('¶ß', ';');
    return new JSDOM(html).window.document.body.textContent;
};
// Activations are messages without words.
const worded = db.getMessages().filter(({ message }) => typeof message === 'string' && message !== '');
const seen = worded.map(({ message }) => visible(message));
const targets = read('odd.txt').trimEnd().split('\n');
targets.forEach((target, index) => {
    if (!seen[index]?.includes(`GET ${target} (`)) fail(`mermaid shows ${seen[index]} instead of ${target}`);
});
console.log('mermaid: sequence diagrams, and nothing in them is taken for syntax');

for (const name of ['lab.har', 'part.har', 'empty.har']) {
    await validator.har(JSON.parse(read(name))).catch((error) => fail(`${name}: ${JSON.stringify(error.errors)}`));
}
console.log('HAR: valid');

// Where the browser puts every glyph of a picture, as text on a grid of cells.
const CELL = [10, 19];
const measure = `
    const grid = [];
    for (const text of document.querySelectorAll('text')) {
        for (let at = 0; at < text.getNumberOfChars(); at++) {
            const { x, y } = text.getStartPositionOfChar(at);
            const [column, row] = [x / ${CELL[0]}, Math.floor(y / ${CELL[1]})];
            if (Math.abs(column - Math.round(column)) > 0.05) throw new Error('a glyph at column ' + column);
            (grid[row] ??= [])[Math.round(column)] = text.textContent[at];
        }
    }
    const rows = Array.from(grid, (row) => Array.from(row ?? [], (glyph) => glyph ?? ' ').join('').trimEnd());
    document.body.replaceChildren(Object.assign(document.createElement('pre'), { textContent: rows.join('\\n') }));
`;
const flags = [
    '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`,
];
for (const theme of ['dark', 'light', 'mono']) {
    const page = join(folder, `${theme}.html`);
    const html = `<!doctype html><meta charset="utf-8"><body>${read(`screen-${theme}.svg`)}<script>${measure}</script>`;
    writeFileSync(page, html);
    const dom = execFileSync('chromium', [...flags, '--dump-dom', pathToFileURL(page).href], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
    });
    const drawn = new JSDOM(dom).window.document.querySelector('pre')?.textContent ?? dom;
    const screen = read(`screen-${theme}.txt`).trimEnd();
    if (drawn !== screen) fail(`the browser shows of screen-${theme}.svg:\n${drawn}\ninstead of:\n${screen}`);
}
console.log('browser: every glyph of the pictures is in its cell');
