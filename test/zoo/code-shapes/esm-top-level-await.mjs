// An ES module that works at top level, without a main function: reports are drafted in a class, checks in a function.
import { randomFill } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const fill = promisify(randomFill);
const REPORT_BYTES = 125_000;

export class Drafts {
  static #all = []; // RETAINER name=all

  static async create(title) {
    await delay(0);
    const pages = new Uint8Array(REPORT_BYTES); // OWNER
    Drafts.#all.push({ title, pages: await fill(pages) });
  }

  static get bytes() {
    return Drafts.#all.reduce((sum, { pages }) => sum + pages.byteLength, 0);
  }
}

async function check() {
  await delay(0);
  const pages = new Uint8Array(REPORT_BYTES);
  return (await fill(pages))[0];
}

for (let report = 0; report < 75; report += 1) {
  await Promise.all([check(), Drafts.create(`report ${report}`)]);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: Drafts.bytes })));
