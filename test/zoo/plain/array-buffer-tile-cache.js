// A map viewer that renders tiles into ArrayBuffers and caches every tile it ever rendered.
'use strict';

const TILE_BYTES = 256 * 256;

class TileCache {
  tiles = new Map(); // RETAINER name=tiles

  render(x, y) {
    const key = `${x}/${y}`;
    const pixels = new ArrayBuffer(TILE_BYTES); // OWNER
    new Uint8Array(pixels).fill(x ^ y);
    this.tiles.set(key, pixels);
  }

  get bytes() {
    return this.tiles.size * TILE_BYTES;
  }
}

function previewChecksum(x, y) {
  const pixels = new ArrayBuffer(TILE_BYTES);
  const view = new Uint8Array(pixels).fill(x + y);
  return view[0] + view[view.length - 1];
}

const cache = new TileCache();
let checksum = 0;
for (let x = 0; x < 16; x += 1) {
  for (let y = 0; y < 12; y += 1) {
    cache.render(x, y);
    checksum += previewChecksum(x, y);
  }
}

process.on('exit', () => {
  if (checksum === 0) throw new Error('previews were not rendered');
  console.log(JSON.stringify({ expectedBytes: cache.bytes }));
});
