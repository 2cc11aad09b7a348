// A cache that keeps its limit of 4 MB however much passes through it.
'use strict';

const LIMIT_BYTES = 4_000_000;
const IMAGE_BYTES = 80_000;

class BoundedCache {
  #images = new Map();
  #bytes = 0;

  load(name) {
    const image = Buffer.alloc(IMAGE_BYTES, name); // BOUNDED bytes=4000000
    this.#images.set(name, image);
    this.#bytes += image.length;
    for (const [oldest, { length }] of this.#images) {
      if (this.#bytes <= LIMIT_BYTES) break;
      this.#images.delete(oldest);
      this.#bytes -= length;
    }
  }

  get bytes() {
    return this.#bytes;
  }
}

const cache = new BoundedCache();
for (let name = 0; name < 600; name += 1) cache.load(`image-${name}`);

process.on('exit', () => {
  if (cache.bytes > LIMIT_BYTES) throw new Error('the cache is over its limit');
  console.log(JSON.stringify({ expectedBytes: 0 }));
});
