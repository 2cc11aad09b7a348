// Draws tiles of a map from SVG with resvg: the cache keeps the pixels of each, the check for emptiness drops them.
'use strict';

const { Resvg } = require('@resvg/resvg-js');

const SIZE = 256;

function svgOf(x, y) {
  const color = (x * 16 + y * 3) % 256;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}"><rect width="${SIZE}" height="${SIZE}" fill="rgb(${color},80,90)"/></svg>`;
}

class TileCache {
  constructor() {
    this.tiles = new Map(); // RETAINER name=tiles
  }

  draw(x, y) {
    const { pixels } = new Resvg(svgOf(x, y)).render(); // OWNER
    this.tiles.set(`${x}/${y}`, pixels);
  }
}

function isEmpty(x, y) {
  const { pixels } = new Resvg(svgOf(x, y)).render();
  return pixels.every((value) => value === 0);
}

const cache = new TileCache();
for (let x = 0; x < 6; x += 1) {
  for (let y = 0; y < 6; y += 1) {
    if (!isEmpty(x, y)) cache.draw(x, y);
  }
}

process.on('exit', () => {
  const bytes = [...cache.tiles.values()].reduce((sum, pixels) => sum + pixels.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
