// A mail client over TLS: fetched messages are kept in the mailbox object, the idle connection's noise is dropped.
'use strict';

const tls = require('node:tls');
const { ca, startPeer } = require('../peers/peers');

class Mailbox {
  #messages = []; // RETAINER name=messages

  fetchMessages(port, bytes) {
    return new Promise((resolve, reject) => {
      const socket = tls.connect({ port, host: '127.0.0.1', ca }); // OWNER
      socket.on('error', reject);
      socket.on('data', (chunk) => this.#messages.push(chunk)); // OWNER
      socket.on('end', resolve);
      socket.write(`STREAM ${bytes} 50000\n`);
    });
  }

  get bytes() {
    return this.#messages.reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

function idle(port, bytes) {
  return new Promise((resolve, reject) => {
    let noise = 0;
    const socket = tls.connect({ port, host: '127.0.0.1', ca });
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      noise += chunk.length;
    });
    socket.on('end', () => resolve(noise));
    socket.write(`STREAM ${bytes} 50000\n`);
  });
}

const mailbox = new Mailbox();

async function main() {
  const server = await startPeer('tcp-server', { tls: true });
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([mailbox.fetchMessages(server.port, 2_000_000), idle(server.port, 2_000_000)]);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: mailbox.bytes })));
main();
