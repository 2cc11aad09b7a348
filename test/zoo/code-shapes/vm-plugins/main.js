// A host that runs a plugin file through vm.Script under the plugin's own file name; the plugin keeps its frames.
'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const filename = path.join(__dirname, 'plugin.js');
const context = vm.createContext({ Uint8Array, exports: {} });
new vm.Script(readFileSync(filename, 'utf8'), { filename }).runInContext(context);
const plugin = context.exports;

for (let frame = 0; frame < 80; frame += 1) {
  plugin.previewFrame(frame);
  plugin.renderFrame(frame);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: plugin.frameBytes() })));
