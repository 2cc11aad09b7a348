// One module whose heap grows step by step as documents are opened, as an emscripten program's does, and never shrinks.
'use strict';

const PAGE_BYTES = 64 * 1024;

// (module (memory (export "memory") 1)
//   (func (export "open") (param i32) (result i32) local.get 0 memory.grow))
const bytes = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x00,
  0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x11, 0x02, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00, 0x04, 0x6f, 0x70,
  0x65, 0x6e, 0x00, 0x00, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x20, 0x00, 0x40, 0x00, 0x0b,
]);
const engineModule = new WebAssembly.Module(bytes);

class Workspace {
  engine = null; // RETAINER name=engine

  constructor() {
    this.engine = new WebAssembly.Instance(engineModule).exports; // OWNER
  }

  openDocument(pages) {
    this.engine.open(pages); // OWNER
  }
}

function previewDocument(pages) {
  const engine = new WebAssembly.Instance(engineModule).exports;
  engine.open(pages);
  return engine.memory.buffer.byteLength / PAGE_BYTES;
}

const workspace = new Workspace();
for (let document = 0; document < 40; document += 1) {
  previewDocument(4);
  workspace.openDocument(4);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: workspace.engine.memory.buffer.byteLength })));
