// A static site server that decompresses brotli assets for old clients, and remembers each decompressed asset.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const decompress = promisify(zlib.brotliDecompress);
const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };
const asset = zlib.brotliCompressSync(Buffer.alloc(250_000, 'function () {}\n'), quality);

const plainAssets = []; // RETAINER name=plainAssets

async function serveOldClient(name) {
  const plain = await decompress(asset); // OWNER
  plainAssets.push({ name, plain });
}

async function verifyAsset() {
  const plain = await decompress(asset);
  return plain.length === 250_000;
}

async function main() {
  for (let client = 0; client < 40; client += 1) {
    await Promise.all([verifyAsset(), serveOldClient(`asset-${client}.js`)]);
  }
}

process.on('exit', () => {
  const bytes = plainAssets.reduce((sum, { plain }) => sum + plain.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
