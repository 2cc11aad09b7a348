// A template engine that compiles templates with new Function; rendered pages stay in the page cache.
'use strict';

function compile(template) {
  return new Function('values', 'bytes', `
    const text = ${JSON.stringify(template)}.replace('{name}', values.name);
    return Buffer.alloc(bytes, text);
  `);
}

const template = compile('<h1>Hello {name}</h1>');
const PAGE_BYTES = 100_000;

class PageCache {
  pages = new Map(); // RETAINER name=pages

  render(name) {
    const page = template({ name }, PAGE_BYTES); // OWNER
    this.pages.set(name, page);
  }
}

function renderToLength(name) {
  const page = template({ name }, PAGE_BYTES);
  return page.length;
}

const cache = new PageCache();
for (let visitor = 0; visitor < 95; visitor += 1) {
  renderToLength(`visitor ${visitor}`);
  cache.render(`visitor ${visitor}`);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cache.pages.size * PAGE_BYTES })));
