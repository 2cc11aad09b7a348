// A trading client on ws: the order book subscription keeps every message, the ticker subscription none.
'use strict';

const { WebSocket } = require('ws');
const { startPeer } = require('../peers/peers');

const orderBook = { updates: [] }; // RETAINER name=updates

function followOrderBook(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url); // OWNER
    socket.on('message', (update) => orderBook.updates.push(update)); // OWNER
    socket.on('close', resolve);
    socket.on('error', reject);
  });
}

function followTicker(url) {
  return new Promise((resolve, reject) => {
    let ticks = 0;
    const socket = new WebSocket(url);
    socket.on('message', (tick) => {
      ticks += tick.length;
    });
    socket.on('close', () => resolve(ticks));
    socket.on('error', reject);
  });
}

async function main() {
  const server = await startPeer('websocket-server');
  const base = `ws://127.0.0.1:${server.port}`;
  await Promise.all([
    followTicker(`${base}/ticker?bytes=100000&count=90`),
    followOrderBook(`${base}/order-book?bytes=100000&count=90`),
  ]);
  await server.close();
}

process.on('exit', () => {
  const bytes = orderBook.updates.reduce((sum, update) => sum + update.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
