// Downloads voice messages as Blobs; played messages stay in the playlist, and their bytes in Blob storage.
'use strict';

const { startPeer } = require('../peers/peers');

const MESSAGE_BYTES = 190_000;

class Playlist {
  #messages = []; // RETAINER name=messages

  async add(url) {
    const response = await fetch(url); // OWNER
    const blob = await response.blob(); // OWNER
    this.#messages.push(blob);
  }

  get bytes() {
    return this.#messages.reduce((sum, blob) => sum + blob.size, 0);
  }
}

async function durationOf(url) {
  const response = await fetch(url);
  const blob = await response.blob();
  return blob.size / 16_000;
}

const playlist = new Playlist();

async function main() {
  const server = await startPeer('http-server');
  for (let message = 0; message < 50; message += 1) {
    const url = `http://127.0.0.1:${server.port}/voice/${message}.ogg?bytes=${MESSAGE_BYTES}`;
    await Promise.all([durationOf(url), playlist.add(url)]);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: playlist.bytes })));
main();
