// Two long event streams are read for as long as they last; the transcript keeps its events, the heartbeat does not.
'use strict';

const { startPeer } = require('../peers/peers');

const STREAM_BYTES = 10_000_000;

class Transcript {
  #events = []; // RETAINER name=events

  async follow(url) {
    const response = await fetch(url); // OWNER
    const reader = response.body.getReader();
    while (true) {
      const { done, value } = await reader.read(); // OWNER
      if (done) break;
      this.#events.push(value);
    }
  }

  get bytes() {
    return this.#events.reduce((sum, event) => sum + event.length, 0);
  }
}

async function heartbeat(url) {
  const response = await fetch(url);
  const reader = response.body.getReader();
  let beats = 0;
  while (true) {
    const { done } = await reader.read();
    if (done) break;
    beats += 1;
  }
  return beats;
}

const transcript = new Transcript();

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  await Promise.all([
    transcript.follow(`${base}/events?bytes=${STREAM_BYTES}&parts=400`),
    heartbeat(`${base}/beats?bytes=${STREAM_BYTES}&parts=400`),
  ]);
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: transcript.bytes })));
main();
