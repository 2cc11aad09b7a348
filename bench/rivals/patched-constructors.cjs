// What people write themselves: constructors and makers of Buffers replaced, a stack taken by `new Error`, and a
// FinalizationRegistry for what is freed.

const liveBytesByStack = new Map();
const registry = new FinalizationRegistry(({ stack, bytes }) => add(stack, -bytes));

function add(stack, bytes) {
  liveBytesByStack.set(stack, (liveBytesByStack.get(stack) ?? 0) + bytes);
}

function note(made) {
  const { stack } = new Error();
  const bytes = made.byteLength;
  add(stack, bytes);
  registry.register(made, { stack, bytes });
  return made;
}

const allocates = (args) => typeof args[0] === 'number' || args[0] === undefined;

function patchConstructor(name) {
  const original = globalThis[name];
  const patched = new Proxy(original, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === patched ? target : newTarget);
      return allocates(args) ? note(made) : made;
    },
  });
  globalThis[name] = patched;
}

function start() {
  for (const name of ['ArrayBuffer', 'SharedArrayBuffer', 'Uint8Array', 'Float32Array', 'Float64Array'])
    patchConstructor(name);
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat', 'from']) {
    const original = Buffer[name];
    Buffer[name] = (...args) => note(original.apply(Buffer, args));
  }
}

/** Live bytes whose stack has the line on it. */
function charged({ file, line }) {
  let bytes = 0;
  for (const [stack, live] of liveBytesByStack) if (stack.includes(`${file}:${line}:`)) bytes += live;
  return bytes;
}

module.exports = { start, charged };
