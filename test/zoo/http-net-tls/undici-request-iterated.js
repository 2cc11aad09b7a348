// undici.request bodies iterated by two jobs over the global dispatcher; the backup job keeps the blocks it read.
'use strict';

const { getGlobalDispatcher, request } = require('undici');
const { startPeer } = require('../peers/peers');

const backup = { blocks: [], bytes: 0 }; // RETAINER name=blocks

async function backUp(url) {
  const { body } = await request(url); // OWNER
  for await (const block of body) { // OWNER
    backup.blocks.push(block);
    backup.bytes += block.length;
  }
}

async function restoreTest(url) {
  const { body } = await request(url);
  let bytes = 0;
  for await (const block of body) bytes += block.length;
  return bytes;
}

async function main() {
  const server = await startPeer('http-server');
  for (let volume = 0; volume < 40; volume += 1) {
    const url = `http://127.0.0.1:${server.port}/volume/${volume}?bytes=240000&parts=3`;
    await Promise.all([restoreTest(url), backUp(url)]);
  }
  await getGlobalDispatcher().close();
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: backup.bytes })));
main();
