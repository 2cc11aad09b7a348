// Downloads compressed datasets, which fetch inflates on the way; the warehouse keeps every inflated chunk.
'use strict';

const { startPeer } = require('../peers/peers');

const TABLE_BYTES = 600_000;
const warehouse = new Map(); // RETAINER name=warehouse

async function importTable(url) {
  const chunks = [];
  const response = await fetch(url); // OWNER
  for await (const chunk of response.body) { // OWNER
    chunks.push(chunk);
  }
  warehouse.set(url, chunks);
}

async function countRows(url) {
  const response = await fetch(url);
  let rows = 0;
  for await (const chunk of response.body) {
    for (const byte of chunk) if (byte === 0x2e) rows += 1;
  }
  return rows;
}

async function main() {
  const server = await startPeer('http-server');
  for (let table = 0; table < 16; table += 1) {
    const url = `http://127.0.0.1:${server.port}/table/${table}?bytes=${TABLE_BYTES}&gzip=1`;
    await Promise.all([importTable(url), countRows(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = [...warehouse.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
