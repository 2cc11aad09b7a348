// A game that inflates sprite sheets synchronously and keeps one per level entered.
'use strict';

const zlib = require('node:zlib');

const SHEET_BYTES = 128 * 128 * 4 * 3;
const sheet = zlib.deflateSync(Buffer.alloc(SHEET_BYTES, 'rgba'));

class Levels {
  #sheets = []; // RETAINER name=sheets

  enter(level) {
    const pixels = zlib.inflateSync(sheet); // OWNER
    this.#sheets.push({ level, pixels });
  }

  get bytes() {
    return this.#sheets.reduce((sum, { pixels }) => sum + pixels.buffer.byteLength, 0);
  }
}

function averageColour() {
  const pixels = zlib.inflateSync(sheet);
  return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
}

const levels = new Levels();
for (let level = 0; level < 48; level += 1) {
  levels.enter(level);
  averageColour();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: levels.bytes })));
