// Grows frame buffers by transfer (Node 22 and newer; by copy on 20) and keeps each grown one in a pool without limit.
'use strict';

const FRAME_BYTES = 100_000;

const pool = []; // RETAINER name=pool

function grow(frame, bytes) {
  if (frame.transfer) {
    return frame.transfer(bytes); // OWNER
  }
  const grown = new Uint8Array(bytes); // OWNER
  grown.set(new Uint8Array(frame));
  return grown.buffer;
}

function shrink(frame, bytes) {
  return frame.transfer ? frame.transfer(bytes) : frame.slice(0, bytes);
}

function decodeFrame(sequence) {
  const frame = new ArrayBuffer(1000);
  new Uint8Array(frame).fill(sequence);
  return frame;
}

for (let sequence = 0; sequence < 110; sequence += 1) {
  pool.push(grow(decodeFrame(sequence), FRAME_BYTES));
  shrink(new ArrayBuffer(FRAME_BYTES * 2), FRAME_BYTES);
}

process.on('exit', () => {
  const bytes = pool.reduce((sum, frame) => sum + frame.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
