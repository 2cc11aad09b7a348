// Asks two mirrors and takes the faster answer; the slower one still arrives and is stored by its own continuation.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');
const { startPeer } = require('../peers/peers');

const BODY_BYTES = 160_000;
const answers = new Map(); // RETAINER name=answers

async function askSlowMirror(url) {
  await delay(2);
  const response = await fetch(url); // OWNER
  const body = await response.arrayBuffer(); // OWNER
  answers.set(url, body);
  return body.byteLength;
}

async function askFastMirror(url) {
  const response = await fetch(url);
  const body = await response.arrayBuffer();
  return body.byteLength;
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  const losers = [];
  for (let question = 0; question < 60; question += 1) {
    const slow = askSlowMirror(`${base}/slow/${question}?bytes=${BODY_BYTES}`);
    losers.push(slow);
    await Promise.race([slow, askFastMirror(`${base}/fast/${question}?bytes=${BODY_BYTES}`)]);
  }
  await Promise.all(losers);
  await server.close();
}

process.on('exit', () => {
  const bytes = [...answers.values()].reduce((sum, body) => sum + body.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
