// Two forked children send buffers over IPC with advanced serialisation: the samples of one are kept, the other's not.
'use strict';

const { fork } = require('node:child_process');

const SAMPLE_BYTES = 90_000;
const SAMPLES = 100;

function runSensor() {
  const sample = Buffer.alloc(SAMPLE_BYTES, 'sample');
  let left = SAMPLES;
  const next = () => {
    if (left === 0) return process.disconnect();
    left -= 1;
    process.send({ sample }, next);
  };
  next();
}

const { NODE_OPTIONS: _, ...env } = process.env;
const options = { env, execArgv: [], serialization: 'advanced' };

const recording = { samples: [] }; // RETAINER name=samples

function record() {
  const sensor = fork(__filename, ['sensor'], options); // OWNER
  sensor.on('message', ({ sample }) => recording.samples.push(sample)); // OWNER
}

function watch() {
  let seen = 0;
  const sensor = fork(__filename, ['sensor'], options);
  sensor.on('message', ({ sample }) => {
    seen += sample.length;
  });
}

if (process.argv[2] === 'sensor') {
  runSensor();
} else {
  process.on('exit', () => {
    const bytes = recording.samples.reduce((sum, sample) => sum + sample.length, 0);
    console.log(JSON.stringify({ expectedBytes: bytes }));
  });
  watch();
  record();
}
