// Two consumers stream through fetch over the same two connections of an undici agent; the recorder keeps its chunks.
'use strict';

const { Agent, fetch, setGlobalDispatcher } = require('undici');
const { startPeer } = require('../peers/peers');

const SEGMENT_BYTES = 200_000;
const agent = new Agent({ connections: 2 });
setGlobalDispatcher(agent);

class Recorder {
  segments = []; // RETAINER name=segments

  async record(url) {
    const { body } = await fetch(url); // OWNER
    const reader = body.getReader();
    const chunks = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) { // OWNER
      chunks.push(part.value);
    }
    this.segments.push(chunks);
  }
}

async function play(url) {
  const { body } = await fetch(url);
  const reader = body.getReader();
  let played = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    played += part.value.length;
  }
  return played;
}

const recorder = new Recorder();

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let round = 0; round < 16; round += 1) {
    const query = `bytes=${SEGMENT_BYTES}&parts=4`;
    await Promise.all([
      play(`${base}/a/${round}?${query}`),
      recorder.record(`${base}/b/${round}?${query}`),
      play(`${base}/c/${round}?${query}`),
      recorder.record(`${base}/d/${round}?${query}`),
      recorder.record(`${base}/e/${round}?${query}`),
      play(`${base}/f/${round}?${query}`),
    ]);
  }
  await agent.close();
  await server.close();
}

process.on('exit', () => {
  const bytes = recorder.segments.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
