// An image service on sharp: decoded pictures are kept for a zoom view, the blurred placeholders are not.
'use strict';

const sharp = require('sharp');

const WIDTH = 500;
const HEIGHT = 400;
const blank = { create: { width: WIDTH, height: HEIGHT, channels: 3, background: { r: 200, g: 80, b: 10 } } };

class ZoomView {
  pictures = new Map(); // RETAINER name=pictures

  async open(id) {
    const pixels = await sharp(blank).raw().toBuffer(); // OWNER
    this.pictures.set(id, pixels);
  }
}

async function placeholder() {
  const pixels = await sharp(blank).blur(2).raw().toBuffer();
  return pixels[0];
}

const view = new ZoomView();

async function main() {
  for (let id = 0; id < 20; id += 1) await Promise.all([placeholder(), view.open(id)]);
}

process.on('exit', () => {
  const bytes = [...view.pictures.values()].reduce((sum, pixels) => sum + pixels.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
