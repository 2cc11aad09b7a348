// A decoder thread transfers decoded frames to the main thread, whose playlist keeps them; skipped ones are dropped.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const FRAME_BYTES = 128 * 1024;

function decodeFrame(sequence) {
  const frame = new ArrayBuffer(FRAME_BYTES); // OWNER
  new Uint8Array(frame).fill(sequence);
  parentPort.postMessage({ frame, shown: true }, [frame]);
}

function decodeSkipped(sequence) {
  const frame = new ArrayBuffer(FRAME_BYTES);
  new Uint8Array(frame).fill(sequence);
  parentPort.postMessage({ frame, shown: false }, [frame]);
}

class Playlist {
  frames = []; // RETAINER name=frames

  onMessage({ frame, shown }) {
    if (shown) this.frames.push(frame);
  }
}

function main() {
  const playlist = new Playlist();
  const decoder = new Worker(__filename);
  decoder.on('message', (message) => {
    playlist.onMessage(message);
    if (playlist.frames.length === 80) decoder.postMessage('stop');
  });
  process.on('exit', () => {
    const bytes = playlist.frames.reduce((sum, frame) => sum + frame.byteLength, 0);
    console.log(JSON.stringify({ expectedBytes: bytes }));
  });
}

function decode() {
  for (let sequence = 0; sequence < 80; sequence += 1) {
    decodeSkipped(sequence);
    decodeFrame(sequence);
  }
  parentPort.once('message', () => process.exit());
}

if (isMainThread) main();
else decode();
