// A page renderer whose previews are kept in an array that another ECMAScript module exports.
import renderer, { previews } from './store.mjs';

const PAGE_BYTES = 90_000;

function keepPreview() {
  previews.push(renderer.draw(new Uint8Array(PAGE_BYTES))); // OWNER
}

function print() {
  return renderer.draw(new Uint8Array(PAGE_BYTES)).at(-1);
}

for (let page = 0; page < 110; page += 1) {
  print();
  keepPreview();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: previews.length * PAGE_BYTES })));
