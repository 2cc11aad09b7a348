// Hot-reloads a big configuration with readFileSync and keeps every version for a diff view.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const CONFIG_BYTES = 140_000;

class Config {
  #versions = []; // RETAINER name=versions

  reload(file) {
    const raw = fs.readFileSync(file); // OWNER
    this.#versions.push(raw);
  }

  get bytes() {
    return this.#versions.reduce((sum, raw) => sum + raw.length, 0);
  }
}

function validate(file) {
  return fs.readFileSync(file).length > 0;
}

const config = new Config();
const file = path.join(os.tmpdir(), `zoo-config-${process.pid}.yaml`);
fs.writeFileSync(file, Buffer.alloc(CONFIG_BYTES, 'key: value\n'));
for (let version = 0; version < 64; version += 1) {
  if (validate(file)) config.reload(file);
}
fs.unlinkSync(file);

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: config.bytes })));
