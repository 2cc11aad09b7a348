// Work started from timers: a snapshot timer deflates and keeps, a heartbeat timer deflates and forgets.
'use strict';

const zlib = require('node:zlib');

const STATE_BYTES = 110_000;
const state = Buffer.alloc(STATE_BYTES, 'state');

class Snapshots {
  kept = []; // RETAINER name=kept
  #timer = null;

  start() {
    this.#timer = setInterval(() => this.take(), 1);
  }

  take() {
    zlib.deflate(state, { level: 0 }, (error, snapshot) => { // OWNER
      if (error) throw error;
      this.kept.push(snapshot);
      if (this.kept.length === 85) clearInterval(this.#timer);
    });
  }
}

function heartbeat(left) {
  if (left === 0) return;
  zlib.deflate(state, { level: 0 }, (error, snapshot) => {
    if (error) throw error;
    if (snapshot.length > 0) setTimeout(heartbeat, 1, left - 1);
  });
}

const snapshots = new Snapshots();
snapshots.start();
setImmediate(heartbeat, 85);

process.on('exit', () => {
  const bytes = snapshots.kept.reduce((sum, snapshot) => sum + snapshot.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
