// Stands for libraries from npm that keep connections: the programs trace it as a dependency.
const { Pool } = require('undici');

/**
 * Requests over one keep-alive agent of node:http or node:https.
 * @param {typeof import('node:http') | typeof import('node:https')} module
 */
function agentOf(module, port, connections, options = {}) {
  const agent = new module.Agent({ keepAlive: true, maxSockets: connections });
  const get = (path, answered) => module.get({ port, host: '127.0.0.1', path, agent, ...options }, answered);
  return { get, request: (path) => new Promise((resolve) => get(path, resolve)) };
}

/** Requests by the fetch of Node. */
function fetchOf(port) {
  const send = (path) => fetch(`http://127.0.0.1:${port}${path}`);
  return { send, request: async (path) => (await send(path)).body };
}

/** Requests by the undici of npm. */
function poolOf(port, connections) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections });
  const request = async (path) => (await pool.request({ path, method: 'GET' })).body;
  return { send: request, request };
}

module.exports = { agentOf, fetchOf, poolOf };
