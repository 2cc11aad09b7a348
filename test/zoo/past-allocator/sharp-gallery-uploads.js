// A gallery that decodes all uploads of an album at once with sharp: the album keeps them, checksums do not.
'use strict';

const sharp = require('sharp');

const SIZE = 400;

async function makeUpload(shade) {
  const image = sharp({
    create: { width: SIZE, height: SIZE, channels: 3, background: { r: shade, g: 10, b: 200 } },
  });
  return image.png().toBuffer();
}

class Album {
  constructor() {
    this.photos = []; // RETAINER name=photos
  }

  async add(upload) {
    const { data, info } = await sharp(upload).raw().toBuffer({ resolveWithObject: true }); // OWNER
    this.photos.push({ data, width: info.width });
  }
}

async function checksum(upload) {
  const pixels = await sharp(upload).raw().toBuffer();
  return pixels.reduce((sum, value) => (sum + value) % 65_521, 0);
}

const album = new Album();

async function main() {
  const uploads = await Promise.all(Array.from({ length: 24 }, (_, i) => makeUpload(i * 10)));
  await Promise.all(uploads.flatMap((upload) => [album.add(upload), checksum(upload)]));
}

process.on('exit', () => {
  const bytes = album.photos.reduce((sum, { data }) => sum + data.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
