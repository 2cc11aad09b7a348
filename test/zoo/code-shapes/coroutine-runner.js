// Coroutines on generators and a runner, as before async functions: yields promises, resumes from their callbacks.
'use strict';

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const gunzip = promisify(zlib.gunzip);
const SCENE_BYTES = 110_000;
const storedScene = zlib.gzipSync(Buffer.alloc(SCENE_BYTES, 'scene'));

function run(generator) {
  return new Promise((resolve, reject) => {
    function resume(value) {
      const step = generator.next(value);
      if (step.done) resolve(step.value);
      else Promise.resolve(step.value).then(resume, reject);
    }
    resume();
  });
}

const scenes = []; // RETAINER name=scenes

function* loadScenes(count) {
  for (let scene = 0; scene < count; scene += 1) {
    const content = yield gunzip(storedScene); // OWNER
    scenes.push(content);
  }
}

function* preloadScenes(count) {
  let bytes = 0;
  for (let scene = 0; scene < count; scene += 1) {
    const content = yield gunzip(storedScene);
    bytes += content.length;
  }
  return bytes;
}

process.on('exit', () => {
  const bytes = scenes.reduce((sum, content) => sum + content.buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
Promise.all([run(preloadScenes(85)), run(loadScenes(85))]);
