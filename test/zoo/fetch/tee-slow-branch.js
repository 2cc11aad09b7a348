// Tees response bodies to hash them while saving; the save branch of each is parked in a queue and never read.
'use strict';

const { createHash } = require('node:crypto');
const { startPeer } = require('../peers/peers');

const FILE_BYTES = 300_000;

class SaveQueue {
  constructor() {
    this.waiting = []; // RETAINER name=waiting
  }

  push(stream) {
    this.waiting.push(stream);
  }
}

const saves = new SaveQueue();

async function digest(stream) {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

async function hashAndSave(url) {
  const response = await fetch(url); // OWNER
  const [toHash, toSave] = response.body.tee(); // OWNER
  saves.push(toSave);
  return digest(toHash);
}

async function hashTwice(url) {
  const response = await fetch(url);
  const [first, second] = response.body.tee();
  return Promise.all([digest(first), digest(second)]);
}

async function main() {
  const server = await startPeer('http-server');
  for (let file = 0; file < 34; file += 1) {
    const url = `http://127.0.0.1:${server.port}/file/${file}?bytes=${FILE_BYTES}`;
    await Promise.all([hashAndSave(url), hashTwice(url)]);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: saves.waiting.length * FILE_BYTES })));
main();
