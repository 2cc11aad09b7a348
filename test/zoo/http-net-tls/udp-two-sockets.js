// Two UDP clients ask a sensor gateway for samples: the recorder keeps each datagram, the display shows and drops it.
'use strict';

const dgram = require('node:dgram');
const { once } = require('node:events');
const { startPeer } = require('../peers/peers');

const SAMPLE_BYTES = 40_000;

class Recorder {
  samples = []; // RETAINER name=samples
  socket = dgram.createSocket('udp4'); // OWNER

  constructor() {
    this.socket.on('message', (sample) => this.samples.push(sample)); // OWNER
  }
}

class Display {
  socket = dgram.createSocket('udp4');
  level = 0;

  constructor() {
    this.socket.on('message', (sample) => {
      this.level = sample[0];
    });
  }
}

async function ask(client, port) {
  const answered = once(client.socket, 'message', { signal: AbortSignal.timeout(2000) });
  client.socket.send(String(SAMPLE_BYTES), port, '127.0.0.1');
  await answered;
}

const recorder = new Recorder();
const display = new Display();

async function main() {
  const gateway = await startPeer('udp-server');
  for (let sample = 0; sample < 220; sample += 1) {
    await Promise.all([ask(recorder, gateway.port), ask(display, gateway.port)]);
  }
  recorder.socket.close();
  display.socket.close();
  await gateway.close();
}

process.on('exit', () => {
  const bytes = recorder.samples.reduce((sum, sample) => sum + sample.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
