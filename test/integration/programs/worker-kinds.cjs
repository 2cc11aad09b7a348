// Starts workers in every way there is and tells what each sees of itself; traced, also how many bytes are charged to
// the leaking line of each. Argument: `traced` or `plain`.
const { abtrace, report } = require('./lib/tracer.cjs');

const traced = process.argv[2] === 'traced';
if (traced) abtrace.start({ thresholdBytes: 1000 });

const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { SHARE_ENV, Worker } = require('node:worker_threads');

const script = path.join(__dirname, 'fixtures', 'leaker.cjs');
const module_ = path.join(__dirname, 'fixtures', 'leaker.mjs');
const preload = path.join(__dirname, 'fixtures', 'preload.cjs');
const source = fs.readFileSync(script, 'utf8');
const env = { PATH: process.env.PATH };

class Own extends Worker {
  constructor(file) {
    super(file, { workerData: { name: 'own' } });
    this.mark = new.target.name;
  }
}
class Younger extends Own {}

const kinds = {
  commonJs: () => new Worker(script),
  relative: () => new Worker(`./${path.relative(process.cwd(), script)}`),
  esm: () => new Worker(module_),
  url: () => new Worker(pathToFileURL(module_)),
  eval: () => new Worker(source, { eval: true }),
  dataUrl: () =>
    new Worker(new URL(`data:text/javascript,${encodeURIComponent(fs.readFileSync(module_, 'utf8'))}`)),
  undefinedOptions: () => new Worker(script, undefined),
  emptyOptions: () => new Worker(script, {}),
  execArgvEmpty: () => new Worker(script, { execArgv: [] }),
  execArgvOwn: () => new Worker(script, { execArgv: ['--no-warnings'] }),
  execArgvRequire: () => new Worker(script, { execArgv: ['--require', preload] }),
  execArgvUndefined: () => new Worker(script, { execArgv: undefined }),
  shareEnv: () => new Worker(script, { env: SHARE_ENV }),
  ownEnv: () => new Worker(script, { env }),
  emptyEnv: () => new Worker(script, { env: {} }),
  envOptions: () => new Worker(script, { env: { ...env, NODE_OPTIONS: `--require ${preload}` } }),
  envHeap: () => new Worker(script, { env: { ...env, NODE_OPTIONS: '--max-old-space-size=300' } }),
  argv: () => new Worker(script, { argv: ['--one', 2] }),
  limits: () => new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: 50, stackSizeMb: 2 } }),
  streams: () => new Worker(script, { stdout: true, stderr: true, stdin: true }),
  named: () => new Worker(script, { name: 'the name', workerData: { name: 'the name' } }),
  inherited: () => new Worker(source, Object.create({ eval: true, workerData: { name: 'inherited' } })),
  extended: () => new Own(script),
  extendedTwice: () => new Younger(script),
  reflected: () => Reflect.construct(Worker, [script], Own),
  nested: () => new Worker(module_, { workerData: { nest: 2 } }),
};

/** What a worker is to whoever made it. */
function describe(worker) {
  return {
    instance: worker instanceof Worker,
    constructor: worker.constructor.name,
    same: Object.getPrototypeOf(worker) === Worker.prototype,
    mark: worker.mark ?? null,
  };
}

async function run(make) {
  let worker;
  try {
    worker = make();
  } catch (error) {
    return { refused: error.code };
  }
  let self;
  try {
    [self] = await once(worker, 'message');
  } catch (error) {
    return { failed: error.message.split('\n')[0] };
  }
  let bytes = null;
  if (traced) {
    const dump = abtrace.dump();
    bytes = dump.sites
      .filter(({ owner, thread }) => thread > 0 && owner?.function === 'leak')
      .reduce((sum, site) => sum + site.liveBytes, 0);
  }
  worker.postMessage('end');
  await once(worker, 'exit');
  return { self, bytes, worker: describe(worker) };
}

async function main() {
  const results = {};
  for (const [name, make] of Object.entries(kinds)) {
    results[name] = await run(make);
    // The next is not to see what is left of it.
    if (traced) abtrace.dump({ gc: true });
  }
  const errors = {};
  for (const [name, args] of Object.entries({
    none: [],
    number: [1],
    badOptions: [script, { execArgv: 'x' }],
    badFlag: [script, { execArgv: ['--no-such-flag'] }],
    badEnv: [script, { env: 1 }],
    missing: ['relative/without/dot'],
  })) {
    try {
      new Worker(...args).on('error', () => {});
      errors[name] = null;
    } catch (error) {
      errors[name] = `${error.name} ${error.code} ${error.message}`;
    }
  }
  try {
    Worker(script);
  } catch (error) {
    errors.call = `${error.name} ${error.message}`;
  }
  report({ results, errors, name: Worker.name, length: Worker.length });
}

main();
