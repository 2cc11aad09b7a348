// speedscope's own importer, taken out of the page that its package ships: the page is run with next to no browser
// around it, and what it exports to itself under the name of the importer is kept.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

/** What the importer makes of a file. */
export interface ImportedProfile {
  getName(): string;
  getTotalWeight(): number;
  getWeightUnit(): string;
  forEachFrame(visit: (frame: { name: string; file?: string; line?: number; col?: number }) => void): void;
}
interface ImportedGroup {
  name: string;
  indexToView: number;
  profiles: ImportedProfile[];
}
interface Importer {
  importProfilesFromArrayBuffer(name: string, content: ArrayBuffer): Promise<ImportedGroup | null>;
}

const release = path.join(__dirname, '..', '..', '..', 'node_modules', 'speedscope', 'dist', 'release');

const BROWSER = `
globalThis.window = globalThis.self = globalThis;
globalThis.location = { hash: '', protocol: 'file:' };
globalThis.navigator = { userAgent: '', platform: '' };
globalThis.addEventListener = () => {};
const get = (target, key) => {
  if (key === 'body') throw new Error('nothing to draw on');
  return key === Symbol.toPrimitive ? () => '' : key === 'length' ? 0 : document;
};
globalThis.document = new Proxy(function () {}, { get, apply: () => document, construct: () => document });
const define = Object.defineProperty;
Object.defineProperty = (target, name, property) => {
  if (name === 'importProfilesFromArrayBuffer') globalThis.importer = target;
  return define(target, name, property);
};
`;

let importer: Promise<Importer> | undefined;

/** Opens a file as speedscope does; null if it does not know the format. */
export async function importIntoSpeedscope(name: string, content: Uint8Array): Promise<ImportedGroup | null> {
  importer ??= load();
  const bytes = new Uint8Array(content);
  return (await importer).importProfilesFromArrayBuffer(name, bytes.buffer);
}

async function load(): Promise<Importer> {
  const [bundle] = fs.readdirSync(release).filter((name) => /^speedscope-.*\.js$/.test(name));
  const silent = { log() {}, time() {}, timeEnd() {}, warn() {}, error() {} };
  const page = { console: silent, TextDecoder, TextEncoder, performance, URL };
  const context = vm.createContext(page);
  vm.runInContext(BROWSER, context);
  try {
    vm.runInContext(fs.readFileSync(path.join(release, bundle ?? ''), 'utf8'), context);
  } catch {
    // The page began to draw itself.
  }
  // The importer loads in a promise's callback.
  await new Promise((resolve) => setImmediate(resolve));
  const { importer: found } = page as { importer?: Importer };
  if (found === undefined) throw new Error('speedscope no longer has its importer where it was');
  return found;
}

/** The schema of speedscope's files, as its package ships it. */
export function readSpeedscopeSchema(): object {
  return JSON.parse(fs.readFileSync(path.join(release, 'file-format-schema.json'), 'utf8')) as object;
}
