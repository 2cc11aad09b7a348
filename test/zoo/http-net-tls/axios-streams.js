// Videos streamed with axios and an http agent of its own; the editor keeps the chunks of what was watched.
'use strict';

const http = require('node:http');
const axios = require('axios');
const { startPeer } = require('../peers/peers');

class Editor {
  constructor() {
    this.clips = []; // RETAINER name=clips
  }

  async open(client, path) {
    const response = await client.get(path, { responseType: 'stream' }); // OWNER
    const clip = [];
    for await (const chunk of response.data) { // OWNER
      clip.push(chunk);
    }
    this.clips.push(clip);
  }
}

async function duration(client, path) {
  const response = await client.get(path, { responseType: 'stream' });
  let frames = 0;
  for await (const chunk of response.data) frames += chunk.length / 1000;
  return frames;
}

const editor = new Editor();

async function main() {
  const server = await startPeer('http-server');
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 3 });
  const client = axios.create({ baseURL: `http://127.0.0.1:${server.port}`, httpAgent, proxy: false });
  for (let clip = 0; clip < 40; clip += 1) {
    await Promise.all([
      duration(client, `/probe/${clip}?bytes=230000&parts=4`),
      editor.open(client, `/clip/${clip}?bytes=230000&parts=4`),
    ]);
  }
  httpAgent.destroy();
  await server.close();
}

process.on('exit', () => {
  const bytes = editor.clips.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
