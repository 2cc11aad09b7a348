// An agent that keeps an undo function per tool call; each closes over the whole downloaded body to show its size.
'use strict';

const { startPeer } = require('../peers/peers');

const BODY_BYTES = 180_000;

const conversation = { undo: [], bytes: 0 }; // RETAINER name=undo

async function webFetchTool(url) {
  const response = await fetch(url); // OWNER
  const body = Buffer.from(await response.arrayBuffer()); // OWNER
  conversation.undo.push(() => `forget ${body.length} bytes of ${url}`);
  conversation.bytes += body.length;
  return body.toString('utf8', 0, 80);
}

async function titleOf(url) {
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer());
  return body.toString('utf8', 0, 20);
}

async function main() {
  const server = await startPeer('http-server');
  for (let turn = 0; turn < 52; turn += 1) {
    const url = `http://127.0.0.1:${server.port}/turn/${turn}?bytes=${BODY_BYTES}`;
    await titleOf(url);
    await webFetchTool(url);
  }
  await server.close();
}

process.on('exit', () => {
  if (conversation.undo.length === 0) throw new Error('nothing to undo');
  console.log(JSON.stringify({ expectedBytes: conversation.bytes }));
});
main();
