// A query builder whose queries are thenables that start when awaited; the report awaits and keeps, the check awaits.
'use strict';

const zlib = require('node:zlib');

const ROWS_BYTES = 120_000;
const storedRows = zlib.gzipSync(Buffer.alloc(ROWS_BYTES, 'row '));

class Query {
  #filters = [];

  where(filter) {
    this.#filters.push(filter);
    return this;
  }

  run(callback) {
    process.nextTick(callback, this.#filters);
  }
}

class ReportQuery extends Query {
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this program is about.
  then(resolve, reject) {
    this.run(() => {
      zlib.gunzip(storedRows, (error, rows) => (error ? reject(error) : resolve(rows))); // OWNER
    });
  }
}

class CheckQuery extends Query {
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this program is about.
  then(resolve, reject) {
    this.run(() => {
      zlib.gunzip(storedRows, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }
}

const report = { sections: [] }; // RETAINER name=sections

async function addSection(id) {
  const rows = await new ReportQuery().where({ id });
  report.sections.push(rows);
}

async function check(id) {
  const rows = await new CheckQuery().where({ id });
  return rows.length;
}

async function main() {
  for (let id = 0; id < 80; id += 1) await Promise.all([check(id), addSection(id)]);
}

process.on('exit', () => {
  const bytes = report.sections.reduce((sum, rows) => sum + rows.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
