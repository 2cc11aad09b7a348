// A thumbnailer with callbacks: fs.readFile feeds a job list whose finished jobs are never removed.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const PHOTO_BYTES = 160_000;
const photo = path.join(os.tmpdir(), `zoo-photo-${process.pid}.raw`);
const jobs = []; // RETAINER name=jobs

function resize(file, done) {
  fs.readFile(file, (error, pixels) => { // OWNER
    if (error) throw error;
    jobs.push({ file, pixels, finished: true });
    done();
  });
}

function exifDate(file, done) {
  fs.readFile(file, (error, pixels) => {
    if (error) throw error;
    done(pixels.readUInt32LE(0));
  });
}

function run(round) {
  if (round === 56) return fs.unlinkSync(photo);
  let open = 2;
  const next = () => {
    open -= 1;
    if (open === 0) run(round + 1);
  };
  exifDate(photo, next);
  resize(photo, next);
}

process.on('exit', () => {
  const bytes = jobs.reduce((sum, { pixels }) => sum + pixels.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
fs.writeFileSync(photo, Buffer.alloc(PHOTO_BYTES, 'rgb'));
run(0);
