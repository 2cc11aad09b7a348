// A message bus on EventEmitter: the audit listener copies every payload into a queue, the metrics listener measures it.
'use strict';

const { EventEmitter } = require('node:events');

const bus = new EventEmitter();
const PAYLOAD_BYTES = 80_000;

class AuditQueue {
  queue = []; // RETAINER name=queue

  attach() {
    bus.on('payload', (payload) => {
      const copy = Buffer.from(payload); // OWNER
      this.queue.push(copy);
    });
  }
}

class Metrics {
  bytes = 0;

  attach() {
    bus.on('payload', (payload) => {
      const copy = Buffer.from(payload);
      this.bytes += copy.length;
    });
  }
}

const audit = new AuditQueue();
const metrics = new Metrics();
metrics.attach();
audit.attach();

const payload = new Uint8Array(PAYLOAD_BYTES).fill(9);
let published = 0;
(function publish() {
  bus.emit('payload', payload);
  published += 1;
  if (published < 120) setImmediate(publish);
})();

process.on('exit', () => {
  const bytes = audit.queue.reduce((sum, copy) => sum + copy.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
