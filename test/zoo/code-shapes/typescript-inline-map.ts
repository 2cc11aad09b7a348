// TypeScript with an inline source map and a target without async functions, so that tsc's own helpers drive the awaits.
import { promisify } from 'node:util';
import { gunzip, gzipSync } from 'node:zlib';

const inflate: (input: Buffer) => Promise<Buffer> = promisify(gunzip);
const PAGE_BYTES = 150_000;
const storedPage: Buffer = gzipSync(Buffer.alloc(PAGE_BYTES, 'page '));

interface Page {
  readonly id: number;
  readonly content: Buffer;
}

class Book {
  private readonly pages = new Map<number, Page>(); // RETAINER name=pages

  async turnTo(id: number): Promise<Page> {
    const content = await inflate(storedPage); // OWNER
    const page: Page = { id, content };
    this.pages.set(id, page);
    return page;
  }

  get bytes(): number {
    let sum = 0;
    for (const { content } of this.pages.values()) sum += content.length;
    return sum;
  }
}

async function wordCount(): Promise<number> {
  const content: Buffer = await inflate(storedPage);
  return content.length / 5;
}

const book = new Book();

async function read(): Promise<void> {
  for (let id = 0; id < 60; id += 1) {
    await Promise.all([wordCount(), book.turnTo(id)]);
  }
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: book.bytes })));
void read();
