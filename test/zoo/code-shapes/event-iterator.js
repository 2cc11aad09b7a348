// Frames arrive as events that are iterated with events.on; the recorder inflates and keeps, the monitor inflates.
'use strict';

const { EventEmitter, on } = require('node:events');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const inflate = promisify(zlib.inflateRaw);
const FRAME_BYTES = 100_000;
const packedFrame = zlib.deflateRawSync(Buffer.alloc(FRAME_BYTES, 'frame'));
const FRAMES = 90;

const camera = new EventEmitter();

class Recorder {
  film = []; // RETAINER name=film

  async record() {
    for await (const [packed] of on(camera, 'frame')) {
      const frame = await inflate(packed); // OWNER
      this.film.push(frame);
      if (this.film.length === FRAMES) break;
    }
  }
}

async function monitor() {
  let seen = 0;
  for await (const [packed] of on(camera, 'frame')) {
    const frame = await inflate(packed);
    seen += frame.length > 0 ? 1 : 0;
    if (seen === FRAMES) break;
  }
}

const recorder = new Recorder();
recorder.record();
monitor();

let shot = 0;
const shutter = setInterval(() => {
  camera.emit('frame', packedFrame);
  shot += 1;
  if (shot === FRAMES) clearInterval(shutter);
}, 1);

process.on('exit', () => {
  const bytes = recorder.film.reduce((sum, frame) => sum + frame.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
