// A download manager whose user cancels half-way: what had arrived of each aborted download stays in its table.
'use strict';

const { startPeer } = require('../peers/peers');

const FILE_BYTES = 400_000;
const downloads = new Map(); // RETAINER name=downloads

async function downloadUntilCancelled(url) {
  const controller = new AbortController();
  const download = { chunks: [], bytes: 0, error: null };
  downloads.set(url, download);
  try {
    const response = await fetch(url, { signal: controller.signal }); // OWNER
    for await (const chunk of response.body) { // OWNER
      download.chunks.push(chunk);
      download.bytes += chunk.length;
      if (download.bytes > FILE_BYTES / 2) controller.abort();
    }
  } catch (error) {
    download.error = error.name;
  }
}

async function downloadAndCheck(url) {
  const controller = new AbortController();
  try {
    const response = await fetch(url, { signal: controller.signal });
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > FILE_BYTES / 2) controller.abort();
    }
  } catch (error) {
    return error.name;
  }
}

async function main() {
  const server = await startPeer('http-server');
  for (let file = 0; file < 48; file += 1) {
    const url = `http://127.0.0.1:${server.port}/file/${file}?bytes=${FILE_BYTES}&parts=8`;
    await Promise.all([downloadUntilCancelled(url), downloadAndCheck(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = [...downloads.values()].reduce((sum, download) => sum + download.bytes, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
