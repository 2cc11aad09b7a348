// Inflates many small messages; each result is a view of a zlib output block of 16 KiB or more.
'use strict';

const zlib = require('node:zlib');

const message = zlib.deflateSync(Buffer.from(JSON.stringify({ type: 'presence', online: true })));

class Presence {
  #last = new Map(); // RETAINER name=last

  update(user) {
    const state = zlib.inflateSync(message); // OWNER
    this.#last.set(user, state);
  }

  get bytes() {
    const blocks = new Set([...this.#last.values()].map((state) => state.buffer));
    return [...blocks].reduce((sum, block) => sum + block.byteLength, 0);
  }
}

function isOnline() {
  return JSON.parse(zlib.inflateSync(message)).online;
}

const presence = new Presence();
for (let user = 0; user < 700; user += 1) {
  presence.update(user);
  isOnline();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: presence.bytes })));
