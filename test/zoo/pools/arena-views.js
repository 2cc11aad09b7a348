// A protocol decoder that decodes into an arena per packet and hands out small views; the header table keeps them.
'use strict';

const ARENA_BYTES = 48 * 1024;

const headerTable = []; // RETAINER name=headerTable

class Arena {
  #used = 0;

  constructor(memory) {
    this.memory = memory;
  }

  take(bytes) {
    const view = new Uint8Array(this.memory, this.#used, bytes);
    this.#used += bytes;
    return view;
  }
}

function decodePacket(sequence) {
  const arena = new Arena(new ArrayBuffer(ARENA_BYTES)); // OWNER
  const header = arena.take(40);
  const payload = arena.take(30_000);
  header[0] = sequence;
  payload.fill(sequence);
  headerTable.push(header);
}

function dropPacket(sequence) {
  const arena = new Arena(new ArrayBuffer(ARENA_BYTES));
  return arena.take(40).fill(sequence)[0];
}

for (let sequence = 0; sequence < 220; sequence += 1) {
  dropPacket(sequence);
  decodePacket(sequence);
}

process.on('exit', () => {
  const bytes = headerTable.reduce((sum, header) => sum + header.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
