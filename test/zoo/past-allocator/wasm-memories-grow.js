// A plugin host that gives each plugin a WebAssembly.Memory and grows it on load; unloaded plugins keep theirs.
'use strict';

const PAGE_BYTES = 64 * 1024;

class PluginHost {
  plugins = new Map(); // RETAINER name=plugins

  load(name) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16 }); // OWNER
    memory.grow(7); // OWNER
    new Uint8Array(memory.buffer).fill(1);
    this.plugins.set(name, { memory, loaded: true });
  }

  unload(name) {
    this.plugins.get(name).loaded = false;
  }

  get bytes() {
    return [...this.plugins.values()].reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  }
}

function validatePlugin() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16 });
  memory.grow(7);
  return memory.buffer.byteLength / PAGE_BYTES;
}

const host = new PluginHost();
for (let id = 0; id < 24; id += 1) {
  validatePlugin();
  host.load(`plugin-${id}`);
  host.unload(`plugin-${id}`);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: host.bytes })));
