// A cache of weak references with a registry that cleans up: its entries live only as long as somebody uses them.
'use strict';

const DOCUMENT_BYTES = 90_000;

class WeakCache {
  #references = new Map();
  #registry = new FinalizationRegistry((key) => this.#references.delete(key));

  get(key) {
    const cached = this.#references.get(key)?.deref();
    if (cached) return cached;
    const document = Buffer.alloc(DOCUMENT_BYTES, key);
    this.#references.set(key, new WeakRef(document));
    this.#registry.register(document, key);
    return document;
  }
}

const cache = new WeakCache();
let read = 0;

function readDocument(key) {
  read += cache.get(key).length;
}

let key = 0;
const reading = setInterval(() => {
  for (let burst = 0; burst < 10; burst += 1) readDocument(`document-${key++}`);
  if (key >= 200) clearInterval(reading);
}, 1);

process.on('exit', () => {
  if (cache.get('document-0').length === 0 || read === 0) throw new Error('nothing was read');
  console.log(JSON.stringify({ expectedBytes: 0 }));
});
