// A packet capture that keeps every captured packet for an export that never happens.
'use strict';

const PACKET_BYTES = 40_000;

class Capture {
  constructor() {
    this.packets = []; // RETAINER name=packets
  }

  record(sequence) {
    const packet = Buffer.allocUnsafe(PACKET_BYTES); // OWNER
    packet.fill(sequence & 0xff);
    this.packets.push({ at: process.hrtime.bigint(), packet });
  }
}

function forward(sequence) {
  const packet = Buffer.allocUnsafe(PACKET_BYTES);
  packet.fill(sequence & 0xff);
  return packet.readUInt8(PACKET_BYTES - 1);
}

const capture = new Capture();
for (let sequence = 0; sequence < 250; sequence += 1) {
  capture.record(sequence);
  forward(sequence);
}

process.on('exit', () => {
  const bytes = capture.packets.reduce((sum, { packet }) => sum + packet.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
