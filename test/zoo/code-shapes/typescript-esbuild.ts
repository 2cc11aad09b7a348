// TypeScript compiled by esbuild with an inline source map: decorators of private fields become helper calls.
import { createHash } from 'node:crypto';

const CHUNK_BYTES = 120_000;

type Digest = string & { readonly brand: unique symbol };

const digestOf = (chunk: Uint8Array): Digest => createHash('sha1').update(chunk).digest('hex') as Digest;

class ChunkStore {
  #chunks = new Map<Digest, Uint8Array>(); // RETAINER name=chunks

  add(seed: number): Digest {
    const chunk = Uint8Array.from({ length: CHUNK_BYTES }, (_, i) => (i * seed) & 0xff); // OWNER
    const digest = digestOf(chunk);
    this.#chunks.set(digest, chunk);
    return digest;
  }

  get bytes(): number {
    return [...this.#chunks.values()].reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }
}

const verify = (seed: number): Digest =>
  digestOf(Uint8Array.from({ length: CHUNK_BYTES }, (_, i) => (i * seed) & 0xff));

const store = new ChunkStore();
for (let seed = 1; seed <= 75; seed += 1) {
  if (store.add(seed * 2 + 1) !== verify(seed * 2 + 1)) throw new Error('digests differ');
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: store.bytes })));
