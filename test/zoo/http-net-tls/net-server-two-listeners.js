// Two TCP services in one process: the syslog collector keeps what it receives, the echo counter counts it.
'use strict';

const { once } = require('node:events');
const net = require('node:net');
const { startPeer } = require('../peers/peers');

const messages = []; // RETAINER name=messages

const collector = net.createServer((socket) => {
  socket.on('data', (chunk) => messages.push(chunk)); // OWNER
  socket.on('end', () => socket.end());
});

let counted = 0;
const counter = net.createServer((socket) => {
  socket.on('data', (chunk) => {
    counted += chunk.length;
  });
  socket.on('end', () => socket.end());
});

async function main() {
  collector.listen(0, '127.0.0.1');
  counter.listen(0, '127.0.0.1');
  await Promise.all([once(collector, 'listening'), once(counter, 'listening')]);
  const ports = [collector.address().port, counter.address().port];
  const client = await startPeer('tcp-client', { ports, bytes: 450_000, rounds: 20 });
  await client.finished;
  collector.close();
  counter.close();
}

process.on('exit', () => {
  const bytes = messages.reduce((sum, chunk) => sum + chunk.length, 0);
  if (counted !== bytes) throw new Error('the two services received different amounts');
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
