// A WebAssembly codec that asks its host for memory through an import: frames of Wasm lie between those of JS.
'use strict';

// (module (import "host" "take" (func $take (param i32)))
//   (func (export "decode") (param i32) local.get 0 call $take))
const codec = new WebAssembly.Module(
  new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00, 0x02, 0x0d, 0x01, 0x04, 0x68,
    0x6f, 0x73, 0x74, 0x04, 0x74, 0x61, 0x6b, 0x65, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x0a, 0x01, 0x06, 0x64, 0x65,
    0x63, 0x6f, 0x64, 0x65, 0x00, 0x01, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x20, 0x00, 0x10, 0x00, 0x0b,
  ]),
);

const FRAME_BYTES = 90_000;

class Film {
  frames = []; // RETAINER name=frames

  constructor() {
    const host = {
      take: (bytes) => {
        const frame = new Uint8Array(bytes); // OWNER
        this.frames.push(frame);
      },
    };
    this.decoder = new WebAssembly.Instance(codec, { host }).exports;
  }
}

function createProbe() {
  let largest = 0;
  const host = {
    take: (bytes) => {
      const frame = new Uint8Array(bytes);
      largest = Math.max(largest, frame.length);
    },
  };
  return new WebAssembly.Instance(codec, { host }).exports;
}

const film = new Film();
const probe = createProbe();
for (let frame = 0; frame < 100; frame += 1) {
  probe.decode(FRAME_BYTES);
  film.decoder.decode(FRAME_BYTES);
}

process.on('exit', () => {
  const bytes = film.frames.reduce((sum, frame) => sum + frame.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
