// Joins packets by Buffer.concat and keeps a view of the first bytes of each; as many are joined, checked and dropped.
'use strict';

const payload = Buffer.alloc(900, 7);

class Journal {
  #headers = []; // RETAINER name=headers

  receive(number) {
    const packet = Buffer.concat([Buffer.from([number & 255]), payload]); // OWNER
    this.#headers.push(packet.subarray(0, 12));
  }

  get bytes() {
    const slabs = new Set(this.#headers.map((header) => header.buffer));
    return [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  }
}

function isValid(number) {
  const packet = Buffer.concat([payload, Buffer.from([number & 255]), payload]);
  return packet.length === 1801;
}

const journal = new Journal();
for (let number = 0; number < 4000; number += 1) {
  journal.receive(number);
  isValid(number);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: journal.bytes })));
