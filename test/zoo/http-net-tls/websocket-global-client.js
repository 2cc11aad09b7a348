// The WebSocket that Node has built in: the recorder keeps each message as an ArrayBuffer, the meter only its length.
'use strict';

const { startPeer } = require('../peers/peers');

class Recorder {
  #messages = []; // RETAINER name=messages

  follow(url) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url); // OWNER
      socket.binaryType = 'arraybuffer';
      socket.onmessage = (event) => this.#messages.push(event.data); // OWNER
      socket.onclose = resolve;
    });
  }

  get bytes() {
    return this.#messages.reduce((sum, message) => sum + message.byteLength, 0);
  }
}

function measure(url) {
  return new Promise((resolve) => {
    let bytes = 0;
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => {
      bytes += event.data.byteLength;
    };
    socket.onclose = () => resolve(bytes);
  });
}

const recorder = new Recorder();

async function main() {
  const server = await startPeer('websocket-server');
  const base = `ws://127.0.0.1:${server.port}`;
  await Promise.all([
    measure(`${base}/levels?bytes=120000&count=80`),
    recorder.follow(`${base}/audio?bytes=120000&count=80`),
  ]);
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: recorder.bytes })));
main();
