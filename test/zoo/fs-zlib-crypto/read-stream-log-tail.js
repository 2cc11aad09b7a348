// A log viewer over fs.createReadStream: the search view keeps all chunks it has scanned, the line counter none.
'use strict';

const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

class SearchView {
  scanned = []; // RETAINER name=scanned

  async search(file) {
    const stream = fs.createReadStream(file); // OWNER
    stream.on('data', (chunk) => this.scanned.push(chunk)); // OWNER
    await once(stream, 'close');
  }
}

async function countLines(file) {
  let lines = 0;
  const stream = fs.createReadStream(file);
  stream.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 0x0a) lines += 1;
  });
  await once(stream, 'close');
  return lines;
}

const view = new SearchView();

async function main() {
  const file = path.join(os.tmpdir(), `zoo-log-${process.pid}.txt`);
  fs.writeFileSync(file, Buffer.alloc(1_000_000, 'GET / 200\n'));
  for (let query = 0; query < 10; query += 1) await Promise.all([view.search(file), countLines(file)]);
  fs.unlinkSync(file);
}

process.on('exit', () => {
  const bytes = view.scanned.reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
