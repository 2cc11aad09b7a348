// A gallery that downloads originals with response.arrayBuffer() and keeps them beside the thumbnails it needed.
'use strict';

const { startPeer } = require('../peers/peers');

const IMAGE_BYTES = 200_000;

class Gallery {
  images = []; // RETAINER name=images

  async add(url) {
    const response = await fetch(url); // OWNER
    const original = await response.arrayBuffer(); // OWNER
    this.images.push({ url, original, thumbnail: new Uint8Array(original).slice(0, 32) });
  }
}

async function imageSize(url) {
  const response = await fetch(url);
  const image = await response.arrayBuffer();
  return image.byteLength;
}

const gallery = new Gallery();

async function main() {
  const server = await startPeer('http-server');
  for (let image = 0; image < 50; image += 1) {
    const url = `http://127.0.0.1:${server.port}/image/${image}.png?bytes=${IMAGE_BYTES}`;
    await gallery.add(url);
    await imageSize(url);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = gallery.images.reduce((sum, { original }) => sum + original.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
