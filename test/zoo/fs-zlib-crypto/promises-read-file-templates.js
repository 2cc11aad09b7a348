// A template engine that reads templates with fs.promises.readFile and caches them under a key that never repeats.
'use strict';

const { mkdtemp, readFile, rm, writeFile } = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');

const TEMPLATE_BYTES = 180_000;
const templates = new Map(); // RETAINER name=templates

async function loadTemplate(file) {
  const source = await readFile(file); // OWNER
  templates.set(`${file}?${templates.size}`, source);
}

async function lintTemplate(file) {
  const source = await readFile(file);
  return source.includes('{{');
}

async function main() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zoo-'));
  const file = path.join(folder, 'page.html');
  await writeFile(file, Buffer.alloc(TEMPLATE_BYTES, '<p>{{ name }}</p>'));
  for (let request = 0; request < 50; request += 1) {
    await Promise.all([lintTemplate(file), loadTemplate(file)]);
  }
  await rm(folder, { recursive: true });
}

process.on('exit', () => {
  const bytes = [...templates.values()].reduce((sum, source) => sum + source.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
