// Pipes bodies through a TransformStream that copies each chunk into a record; one sink keeps the records.
'use strict';

const { startPeer } = require('../peers/peers');

const BODY_BYTES = 250_000;

class Ledger {
  records = []; // RETAINER name=records
}

const ledger = new Ledger();

function recordsOf() {
  return new TransformStream({
    transform(chunk, controller) {
      const record = new Uint8Array(chunk.length + 8); // OWNER
      record.set(chunk, 8);
      controller.enqueue(record);
    },
  });
}

async function book(url) {
  const response = await fetch(url);
  const sink = new WritableStream({
    write(record) {
      ledger.records.push(record);
    },
  });
  await response.body.pipeThrough(recordsOf()).pipeTo(sink);
}

async function estimate(url) {
  const response = await fetch(url);
  let bytes = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      const copy = chunk.slice();
      bytes += copy.length;
      controller.enqueue(copy);
    },
  });
  await response.body.pipeThrough(counter).pipeTo(new WritableStream());
  return bytes;
}

async function main() {
  const server = await startPeer('http-server');
  for (let day = 0; day < 40; day += 1) {
    const url = `http://127.0.0.1:${server.port}/day/${day}?bytes=${BODY_BYTES}&parts=4`;
    await Promise.all([book(url), estimate(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = ledger.records.reduce((sum, record) => sum + record.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
