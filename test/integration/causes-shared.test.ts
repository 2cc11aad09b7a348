// Connections that serve several: callers over one keep-alive pool, and handlers behind one server. Each gets the bytes
// that it keeps, within 1 %.
import { describe, expect, it } from 'vitest';
import { type Charges, chargesOf, overOf, READ_BLOCK_BYTES, shortOf } from './causes-charges';
import { isStressed } from './support';

function expectFair(charges: Charges, tolerance = 0.01): void {
  expect(shortOf(charges, tolerance)).toEqual([]);
  expect(overOf(charges, tolerance)).toEqual([]);
  expect(charges.strayBytes).toBeLessThan(0.01 * charges.keptBytes + 2 * READ_BLOCK_BYTES);
}

const rounds = isStressed ? 4 : 20;

describe('two callers', () => {
  it.each([
    ['node:http', 'http', 1],
    ['node:http', 'http', 2],
    ['node:http, iterating', 'httpIterated', 1],
    ['node:https', 'https', 1],
    ['node:https', 'https', 2],
    ['fetch, iterating', 'fetchIterated', 1],
    ['fetch, whole bodies', 'fetchWhole', 1],
    ['a Pool of undici, iterating', 'poolIterated', 1],
    ['a Pool of undici, iterating', 'poolIterated', 2],
    ['a Pool of undici, whole bodies', 'poolWhole', 1],
    ['a Pool of undici, whole bodies', 'poolWhole', 2],
  ])('of %s (%s) over %i connections get what they keep', async (_title, way, connections) => {
    expectFair(await chargesOf('fixtures/sharing.cjs', { args: [way, connections, rounds] }));
  });
});

describe('two handlers', () => {
  it.each([
    ['node:http', 'http', 1],
    ['node:http', 'http', 3],
    ['Express', 'express', 1],
    ['Express', 'express', 3],
    ['Express with routers', 'expressRouters', 2],
    ['Fastify', 'fastify', 1],
    ['Fastify', 'fastify', 3],
  ])(
    'behind a server of %s (%s), over %i connections, get what they keep',
    async (_title, way, connections) => {
      expectFair(await chargesOf('fixtures/serving.cjs', { args: [way, connections, rounds] }));
    },
  );
});

describe('connections that were open before the tracing started', () => {
  it.each(['http', 'express', 'fastify'])('serve the handlers of %s all the same', async (way) => {
    expectFair(await chargesOf('fixtures/serving.cjs', { args: [way, 1, rounds, 5] }));
  });

  it.each(['http', 'https', 'fetchIterated', 'poolWhole'])(
    'serve two callers (%s) all the same',
    async (way) => {
      expectFair(await chargesOf('fixtures/sharing.cjs', { args: [way, 2, rounds, 2] }));
    },
  );
});
