// A replication client with two raw sockets to the same server: the follower keeps the log, the monitor skips it.
'use strict';

const net = require('node:net');
const { startPeer } = require('../peers/peers');

const LOG_BYTES = 5_000_000;

class Follower {
  log = []; // RETAINER name=log

  follow(port) {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1'); // OWNER
      socket.on('error', reject);
      socket.on('data', (chunk) => this.log.push(chunk)); // OWNER
      socket.on('close', resolve);
      socket.write(`STREAM ${LOG_BYTES} 40000\n`);
    });
  }
}

function monitor(port) {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.on('close', () => resolve(bytes));
    socket.write(`STREAM ${LOG_BYTES} 40000\n`);
  });
}

const follower = new Follower();

async function main() {
  const server = await startPeer('tcp-server');
  for (let round = 0; round < 2; round += 1) {
    await Promise.all([follower.follow(server.port), monitor(server.port)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = follower.log.reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
