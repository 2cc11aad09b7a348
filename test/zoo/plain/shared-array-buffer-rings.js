// An audio mixer that opens a shared ring buffer per channel and forgets to drop closed channels.
'use strict';

const RING_BYTES = 128 * 1024;

class Mixer {
  #channels = new Set(); // RETAINER name=channels

  openChannel(id) {
    const ring = new SharedArrayBuffer(RING_BYTES); // OWNER
    this.#channels.add({ id, ring, head: new Int32Array(ring, 0, 1) });
  }

  get bytes() {
    return this.#channels.size * RING_BYTES;
  }
}

function measureLatency() {
  const ring = new SharedArrayBuffer(RING_BYTES);
  const cells = new Int32Array(ring);
  Atomics.store(cells, 0, 42);
  return Atomics.load(cells, 0);
}

const mixer = new Mixer();
for (let id = 0; id < 80; id += 1) {
  mixer.openChannel(id);
  measureLatency();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: mixer.bytes })));
