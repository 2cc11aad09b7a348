// Reads compressed messages with snappy: a log keeps the decoded ones for ever, a filter only looks at them.
'use strict';

const snappy = require('snappy');

const messages = Array.from({ length: 40 }, (_, i) => snappy.compressSync(Buffer.alloc(250_000, `message ${i} `)));

class MessageLog {
  constructor() {
    this.decoded = []; // RETAINER name=decoded
  }

  async append(message) {
    const body = await snappy.uncompress(message); // OWNER
    this.decoded.push(body);
  }
}

async function isUrgent(message) {
  const body = await snappy.uncompress(message);
  return body.includes('urgent');
}

const log = new MessageLog();

async function main() {
  await Promise.all(messages.map((message) => Promise.all([log.append(message), isUrgent(message)])));
}

process.on('exit', () => {
  const bytes = log.decoded.reduce((sum, body) => sum + body.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
