// Cursors over query results that are opened, read once and never closed: each suspended generator keeps its page.
'use strict';

const PAGE_BYTES = 80_000;
const openCursors = new Map(); // RETAINER name=openCursors

async function* rows(query) {
  const page = Buffer.alloc(PAGE_BYTES, query); // OWNER
  for (let at = 0; at < page.length; at += 100) yield page[at];
}

async function count(query) {
  let all = 0;
  const page = Buffer.alloc(PAGE_BYTES, query);
  for (const byte of page) all += byte;
  return all;
}

async function main() {
  for (let query = 0; query < 120; query += 1) {
    await count(query);
    const cursor = rows(query);
    await cursor.next();
    openCursors.set(query, cursor);
  }
}

main();
process.on('exit', () => console.log(JSON.stringify({ expectedBytes: openCursors.size * PAGE_BYTES })));
