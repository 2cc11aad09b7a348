// A log shipper that encodes batches with TextEncoder and keeps them until an acknowledgement that never comes.
'use strict';

const encoder = new TextEncoder();
const unacknowledged = new Map(); // RETAINER name=unacknowledged

function ship(batch, lines) {
  const encoded = encoder.encode(lines.join('\n')); // OWNER
  unacknowledged.set(batch, encoded);
}

function sizeOnWire(lines) {
  return new TextEncoder().encode(lines.join('\r\n')).byteLength;
}

for (let batch = 0; batch < 180; batch += 1) {
  const lines = Array.from({ length: 1000 }, (_, line) => `2026-01-01T00:00:00Z INFO batch=${batch} line=${line} état=ok`);
  ship(batch, lines);
  sizeOnWire(lines);
}

process.on('exit', () => {
  const bytes = [...unacknowledged.values()].reduce((sum, encoded) => sum + encoded.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
