// The entry of a program that esbuild bundles and minifies into one line, with a linked source map of three sources.
import { PhotoStore } from './photo-store.js';
import { measurePhoto } from './measure.js';
import { startPeer } from '../../peers/peers.js';

const store = new PhotoStore();

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: store.bytes })));

async function main() {
  const server = await startPeer('http-server');
  for (let photo = 0; photo < 40; photo += 1) {
    const url = `http://127.0.0.1:${server.port}/photo/${photo}?bytes=230000&parts=2`;
    await Promise.all([measurePhoto(url), store.download(url)]);
  }
  await server.close();
}

main();
