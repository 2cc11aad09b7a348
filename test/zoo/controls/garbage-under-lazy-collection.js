// Makes garbage at a steady pace and ends before the collector has cared: high arrayBuffers, nothing kept.
'use strict';

const MESSAGE_BYTES = 60_000;

function encodeMessage(sequence) {
  const message = Buffer.alloc(MESSAGE_BYTES, sequence & 0xff);
  return message.readUInt8(sequence % MESSAGE_BYTES);
}

function decodeMessage(sequence) {
  const copy = new Uint8Array(MESSAGE_BYTES).fill(sequence);
  return copy.at(-1);
}

let checksum = 0;
for (let sequence = 1; sequence <= 400; sequence += 1) {
  checksum += encodeMessage(sequence) + decodeMessage(sequence);
}

process.on('exit', () => {
  if (checksum === 0) throw new Error('nothing was encoded');
  console.log(JSON.stringify({ expectedBytes: 0 }));
});
