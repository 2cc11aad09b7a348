// An API client with authentication, retries and pages as an async generator; an export keeps every raw page.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');
const { startPeer } = require('../peers/peers');

const PAGE_BYTES = 120_000;

async function withRetry(operation) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (attempt === 3) throw error;
      await delay(1);
    }
  }
}

class ApiClient {
  #base;
  #token = null;

  constructor(base) {
    this.#base = base;
  }

  async #authenticate() {
    this.#token ??= await delay(1, 'token');
    return { authorization: `Bearer ${this.#token}` };
  }

  async *exportPages(resource, pages) {
    for (let page = 0; page < pages; page += 1) {
      const headers = await this.#authenticate();
      const url = `${this.#base}/${resource}/${page}?bytes=${PAGE_BYTES}`;
      const response = await withRetry(() => fetch(url, { headers })); // OWNER
      yield new Uint8Array(await response.arrayBuffer()); // OWNER
    }
  }

  async countPages(resource, pages) {
    let bytes = 0;
    for (let page = 0; page < pages; page += 1) {
      const headers = await this.#authenticate();
      const url = `${this.#base}/${resource}/${page}?bytes=${PAGE_BYTES}`;
      const response = await withRetry(() => fetch(url, { headers }));
      bytes += (await response.arrayBuffer()).byteLength;
    }
    return bytes;
  }
}

const exported = { pages: [] }; // RETAINER name=pages

async function exportAll(client, resource) {
  for await (const page of client.exportPages(resource, 20)) exported.pages.push(page);
}

async function main() {
  const server = await startPeer('http-server');
  const client = new ApiClient(`http://127.0.0.1:${server.port}`);
  await Promise.all(
    ['orders', 'users', 'items', 'logs'].flatMap((resource) => [
      exportAll(client, resource),
      client.countPages(resource, 20),
    ]),
  );
  await server.close();
}

process.on('exit', () => {
  const bytes = exported.pages.reduce((sum, page) => sum + page.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
