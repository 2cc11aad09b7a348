// A link preview that keeps the first bytes of each page as a view of the first chunk, which pins the chunk.
'use strict';

const { startPeer } = require('../peers/peers');

const previews = new Map(); // RETAINER name=previews

async function preview(url) {
  const response = await fetch(url); // OWNER
  let head = null;
  for await (const chunk of response.body) { // OWNER
    head ??= chunk.subarray(0, 64);
  }
  previews.set(url, head);
}

async function ping(url) {
  const response = await fetch(url);
  let head = null;
  for await (const chunk of response.body) head ??= chunk.subarray(0, 64);
  return head.length;
}

async function main() {
  const server = await startPeer('http-server');
  for (let link = 0; link < 240; link += 1) {
    const url = `http://127.0.0.1:${server.port}/page/${link}?bytes=48000`;
    await Promise.all([preview(url), ping(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = [...previews.values()].reduce((sum, head) => sum + head.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
