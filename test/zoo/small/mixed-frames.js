// A decoder whose frames are of all sizes from 100 bytes to 400: a part of what it keeps is traced one by one, a part
// sampled.
'use strict';

const frames = []; // RETAINER name=frames

function decode(index) {
  const frame = Buffer.alloc(100 + ((index * 37) % 301)); // OWNER
  frame[0] = index;
  frames.push(frame);
}

function probe(index) {
  const header = Buffer.alloc(100 + ((index * 37) % 301));
  header[0] = index;
  return header[0];
}

for (let index = 0; index < 40_000; index += 1) {
  decode(index);
  probe(index);
}

process.on('exit', () => {
  const expectedBytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  console.log(JSON.stringify({ expectedBytes }));
});
