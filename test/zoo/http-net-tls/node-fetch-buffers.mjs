// A map exporter on node-fetch that keeps every tile it downloads; the legend's icons are measured and dropped.
import fetch from 'node-fetch';
import { startPeer } from '../peers/peers.js';

class Exporter {
  #tiles = new Map(); // RETAINER name=tiles

  async addTile(url) {
    const response = await fetch(url); // OWNER
    const tile = await response.arrayBuffer(); // OWNER
    this.#tiles.set(url, tile);
  }

  get bytes() {
    return [...this.#tiles.values()].reduce((sum, tile) => sum + tile.byteLength, 0);
  }
}

async function iconSize(url) {
  const response = await fetch(url);
  const icon = await response.arrayBuffer();
  return icon.byteLength;
}

const exporter = new Exporter();
process.on('exit', () => console.log(JSON.stringify({ expectedBytes: exporter.bytes })));

const server = await startPeer('http-server');
for (let tile = 0; tile < 50; tile += 1) {
  const base = `http://127.0.0.1:${server.port}`;
  await Promise.all([
    exporter.addTile(`${base}/tile/${tile}?bytes=180000`),
    iconSize(`${base}/icon/${tile}?bytes=180000`),
  ]);
}
await server.close();
