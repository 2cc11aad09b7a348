// A producer that is faster than its consumer: what it has encoded waits in the backlog for ever.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');

const RECORD_BYTES = 64_000;

class Queue {
  backlog = []; // RETAINER name=backlog
  #waiting = [];

  put(item) {
    const taker = this.#waiting.shift();
    if (taker) taker(item);
    else this.backlog.push(item);
  }

  take() {
    if (this.backlog.length > 0) return Promise.resolve(this.backlog.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

async function produceRecords(queue, count) {
  for (let record = 0; record < count; record += 1) {
    const encoded = new TextEncoder().encode('r'.repeat(RECORD_BYTES)); // OWNER
    queue.put(encoded);
    if (record % 8 === 0) await delay(1);
  }
}

async function consumeSlowly(queue) {
  for (let taken = 0; taken < 10; taken += 1) {
    await queue.take();
    await delay(5);
  }
}

async function produceAndConsume(queue, count) {
  for (let record = 0; record < count; record += 1) {
    const encoded = new TextEncoder().encode('d'.repeat(RECORD_BYTES));
    queue.put(encoded);
    await queue.take();
  }
}

const records = new Queue();

async function main() {
  await Promise.all([produceRecords(records, 160), consumeSlowly(records), produceAndConsume(new Queue(), 160)]);
}

process.on('exit', () => {
  const bytes = records.backlog.reduce((sum, encoded) => sum + encoded.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
