// Downloads behind a limiter of two: a task is started in the context of whichever task ended before it.
'use strict';

const { startPeer } = require('../peers/peers');

function limiter(limit) {
  const queue = [];
  let active = 0;

  const next = () => {
    if (active === limit || queue.length === 0) return;
    active += 1;
    const { task, resolve, reject } = queue.shift();
    task()
      .then(resolve, reject)
      .finally(() => {
        active -= 1;
        next();
      });
  };

  return (task) =>
    new Promise((resolve, reject) => {
      queue.push({ task, resolve, reject });
      next();
    });
}

const library = { tracks: [] }; // RETAINER name=tracks

async function downloadTrack(url) {
  const response = await fetch(url); // OWNER
  const track = await response.arrayBuffer(); // OWNER
  library.tracks.push(track);
}

async function readTags(url) {
  const response = await fetch(url);
  const track = await response.arrayBuffer();
  return track.byteLength;
}

async function main() {
  const server = await startPeer('http-server');
  const limit = limiter(2);
  const tasks = [];
  for (let track = 0; track < 50; track += 1) {
    const url = `http://127.0.0.1:${server.port}/track/${track}?bytes=190000`;
    tasks.push(limit(() => readTags(url)));
    tasks.push(limit(() => downloadTrack(url)));
  }
  await Promise.all(tasks);
  await server.close();
}

process.on('exit', () => {
  const bytes = library.tracks.reduce((sum, track) => sum + track.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
