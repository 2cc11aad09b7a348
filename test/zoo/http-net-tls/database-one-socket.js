// A database client that answers all callers over one socket; the report keeps its result sets, the dashboard does not.
// A caller waits for its answer before the other asks, as behind a transaction.
'use strict';

const net = require('node:net');
const { startPeer } = require('../peers/peers');

const RESULT_BYTES = 120_000;

/** Answers are a 4-byte length and that many bytes, in the order of the questions. */
class Database {
  #socket;
  #waiting = [];
  #chunks = [];
  #received = 0;

  constructor(port) {
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk) => this.#receive(chunk));
  }

  query(name, bytes) {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`GET ${name} ${bytes}\n`);
    });
  }

  #receive(chunk) {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    const header = this.#received >= 4 ? this.#peekLength() : Infinity;
    if (this.#received < header + 4) return;
    const resolve = this.#waiting.shift();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#received = 0;
    resolve(chunks);
  }

  #peekLength() {
    if (this.#chunks[0].length < 4) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0].readUInt32BE();
  }

  close() {
    this.#socket.end();
  }
}

const report = { resultSets: [] }; // RETAINER name=resultSets

async function addToReport(database, table) {
  const chunks = await database.query(table, RESULT_BYTES); // OWNER
  report.resultSets.push(chunks);
}

async function showOnDashboard(database, table) {
  const chunks = await database.query(table, RESULT_BYTES);
  return chunks.length;
}

async function main() {
  const server = await startPeer('tcp-server');
  const database = new Database(server.port);
  for (let table = 0; table < 80; table += 1) {
    await showOnDashboard(database, `table-${table}`);
    await addToReport(database, `table-${table}`);
  }
  database.close();
  await server.close();
}

process.on('exit', () => {
  const bytes = report.resultSets.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
