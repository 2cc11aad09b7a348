// Growable shared queues between an engine and its threads; a queue per topic, and topics are never closed.
'use strict';

const START_BYTES = 32 * 1024;
const topics = new Map(); // RETAINER name=topics

function openTopic(name) {
  const memory = new SharedArrayBuffer(START_BYTES, { maxByteLength: 32 * START_BYTES }); // OWNER
  memory.grow(6 * START_BYTES); // OWNER
  new Uint8Array(memory).fill(1);
  topics.set(name, memory);
}

function probeTopic() {
  const memory = new SharedArrayBuffer(START_BYTES, { maxByteLength: 32 * START_BYTES });
  memory.grow(6 * START_BYTES);
  return Atomics.load(new Int32Array(memory), 0);
}

for (let topic = 0; topic < 48; topic += 1) {
  probeTopic();
  openTopic(`topic-${topic}`);
}

process.on('exit', () => {
  const bytes = [...topics.values()].reduce((sum, memory) => sum + memory.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
