// A nightly job that needs 40 MB at once for a moment, and gives all of it back.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const gunzip = promisify(zlib.gunzip);
const ROWS_BYTES = 400_000;
const storedRows = zlib.gzipSync(Buffer.alloc(ROWS_BYTES, 'row '));

async function nightlyJob() {
  const tables = await Promise.all(Array.from({ length: 100 }, () => gunzip(storedRows)));
  return tables.reduce((sum, table) => sum + table.length, 0);
}

async function main() {
  const bytes = await nightlyJob();
  await delay(20);
  process.on('exit', () => {
    if (bytes !== 100 * ROWS_BYTES) throw new Error('a table is damaged');
    console.log(JSON.stringify({ expectedBytes: 0 }));
  });
}

main();
