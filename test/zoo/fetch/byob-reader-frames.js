// Reads a response into its own buffers with a BYOB reader and queues the filled frames for a decoder that is stuck.
'use strict';

const { startPeer } = require('../peers/peers');

const FRAME_BYTES = 32 * 1024;
const decoder = { queue: [] }; // RETAINER name=queue

async function receive(url) {
  const response = await fetch(url);
  const reader = response.body.getReader({ mode: 'byob' });
  for (;;) {
    const frame = new Uint8Array(FRAME_BYTES); // OWNER
    const { done, value } = await reader.read(frame);
    if (done) return;
    decoder.queue.push(value);
  }
}

async function discard(url) {
  const response = await fetch(url);
  const reader = response.body.getReader({ mode: 'byob' });
  let frame = new Uint8Array(FRAME_BYTES);
  for (;;) {
    const { done, value } = await reader.read(frame);
    if (done) return;
    frame = new Uint8Array(value.buffer);
  }
}

async function main() {
  const server = await startPeer('http-server');
  for (let clip = 0; clip < 10; clip += 1) {
    const url = `http://127.0.0.1:${server.port}/clip/${clip}?bytes=900000&parts=3`;
    await Promise.all([receive(url), discard(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = decoder.queue.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
