// Two servers iterate their connections, which read already by then: the one for recordings keeps what arrives, the one
// for heartbeats counts it.
'use strict';

const net = require('node:net');
const { startPeer } = require('../peers/peers');

const recordings = []; // RETAINER name=recordings

async function record(socket) {
  for await (const piece of socket) recordings.push(piece); // OWNER
  socket.end();
}

async function countHeartbeats(socket) {
  let bytes = 0;
  for await (const piece of socket) bytes += piece.length;
  socket.end(String(bytes));
}

function listen(onConnection) {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function main() {
  const servers = [await listen(record), await listen(countHeartbeats)];
  const client = await startPeer('tcp-client', {
    ports: servers.map((server) => server.address().port),
    bytes: 450_000,
    rounds: 20,
  });
  await client.finished;
  for (const server of servers) server.close();
}

process.on('exit', () => {
  const bytes = recordings.reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
