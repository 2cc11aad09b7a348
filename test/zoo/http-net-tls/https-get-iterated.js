// Polls an https API; the response of every poll is kept for a comparison that only needs the last one.
'use strict';

const { once } = require('node:events');
const https = require('node:https');
const { ca, startPeer } = require('../peers/peers');

class Poller {
  #polls = []; // RETAINER name=polls
  #agent;

  constructor(agent) {
    this.#agent = agent;
  }

  async poll(options) {
    const request = https.get({ ...options, agent: this.#agent }); // OWNER
    const [response] = await once(request, 'response');
    const body = [];
    for await (const chunk of response) { // OWNER
      body.push(chunk);
    }
    this.#polls.push({ at: Date.now(), body });
  }

  get bytes() {
    return this.#polls.flatMap(({ body }) => body).reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

async function ping(options, agent) {
  const request = https.get({ ...options, agent });
  const [response] = await once(request, 'response');
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  return bytes;
}

const agent = new https.Agent({ keepAlive: true, ca });
const poller = new Poller(agent);

async function main() {
  const server = await startPeer('http-server', { protocol: 'https' });
  const options = { host: '127.0.0.1', port: server.port, path: '/poll?bytes=200000' };
  for (let round = 0; round < 45; round += 1) {
    await poller.poll(options);
    await ping(options, agent);
  }
  agent.destroy();
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: poller.bytes })));
main();
