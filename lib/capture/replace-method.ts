// Puts a method in place of another so that it can hardly be told apart, and back. Copies of abtrace in one process
// share what they put there: whichever starts or stops first, nothing piles up and nothing is left behind.

export type Method = (this: never, ...args: unknown[]) => unknown;

/** What runs instead; it is given the method that it stands for. */
export type Replacement<This> = (this: This, original: Method, args: unknown[]) => unknown;

/** Is told that the method is called, and its first two arguments, before it runs; must not throw. */
export type CallListener<This> = (self: This, first: unknown, second: unknown) => void;

/**
 * Makes a method that does what `replacement` does, for methods so fast that the general way to it would show. Unless
 * it `isAlone`, it has to run `general` instead.
 */
export type FastMethod = (original: Method, isAlone: () => boolean, general: Method) => Method;

/** Stands on a method that was put in place of another. */
const SHARED: unique symbol = Symbol.for('abtrace.replaced.2') as never;

interface Shared {
  original: Method;
  listeners: CallListener<never>[];
  /** What runs instead of it, the innermost first. */
  replacements: Replacement<never>[];
  /** All of them around the original; used where there is more than one. */
  run: Method;
  /** Puts the original back, if nobody has put anything else there since. */
  restore: () => void;
}

/**
 * Replaces a method of an object, own or inherited.
 * @param fast makes what stands there, if nobody has replaced the method before
 * @returns a function that puts it back, unless somebody has replaced it again since
 */
export function replaceMethod<This extends object>(
  target: object,
  name: string | symbol,
  replacement: Replacement<This>,
  fast?: FastMethod,
): () => void {
  return change(
    target,
    name,
    (shared) => add(shared, shared.replacements, replacement),
    fast && { replacement, make: fast },
  );
}

/**
 * Listens to calls of a method of an object, own or inherited: for methods that are called too often to be replaced.
 * @returns as `replaceMethod`
 */
export function watchCalls<This extends object>(
  target: object,
  name: string | symbol,
  listener: CallListener<This>,
): () => void {
  return change(target, name, (shared) => add(shared, shared.listeners, listener));
}

interface Fast {
  replacement: Replacement<never>;
  make: FastMethod;
}

function change(
  target: object,
  name: string | symbol,
  work: (shared: Shared) => () => void,
  fast?: Fast,
): () => void {
  const current = (target as Record<string | symbol, unknown>)[name];
  if (typeof current !== 'function') return () => {};
  const before = Object.getOwnPropertyDescriptor(target, name);
  try {
    const shared =
      (before === undefined ? undefined : sharedOf(current)) ??
      install(current as Method, (method) => place(target, name, method, before, current as Method), fast);
    return work(shared);
  } catch {
    // Frozen, as with `node --frozen-intrinsics`: it stays what it is.
    return () => {};
  }
}

/**
 * Replaces the setter of an accessor.
 * @returns as `replaceMethod`
 */
export function replaceSetter<This extends object>(
  target: object,
  name: string,
  replacement: Replacement<This>,
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  if (before?.set === undefined || before.configurable !== true) return () => {};
  const shared =
    sharedOf(before.set) ??
    install(before.set as Method, (set) => {
      Object.defineProperty(target, name, { ...before, set });
      return () => {
        if (Object.getOwnPropertyDescriptor(target, name)?.set === set)
          Object.defineProperty(target, name, before);
      };
    });
  return add(shared, shared.replacements, replacement);
}

function sharedOf(method: object): Shared | undefined {
  return (method as { [SHARED]?: Shared })[SHARED];
}

/** Makes the method that stands for `original`, and puts it in its place. */
function install(original: Method, put: (method: Method) => () => void, fast?: Fast): Shared {
  const shared: Shared = { original, listeners: [], replacements: [], run: original, restore: () => {} };
  const general = function (this: never, ...args: unknown[]) {
    const { listeners, replacements } = shared;
    for (let i = 0; i < listeners.length; i += 1) {
      (listeners[i] as CallListener<never>)(this, args[0], args[1]);
    }
    // Where nothing else is done with them, the arguments are handed on without an array being made.
    if (replacements.length === 0) return Reflect.apply(original, this, args);
    return replacements.length === 1
      ? Reflect.apply(replacements[0] as Replacement<never>, this, [original, args])
      : Reflect.apply(shared.run, this, args);
  };
  const isAlone = () =>
    shared.listeners.length === 0 &&
    shared.replacements.length === 1 &&
    shared.replacements[0] === fast?.replacement;
  const method = fast === undefined ? general : fast.make(original, isAlone, general);
  Object.defineProperty(method, 'name', { value: original.name, configurable: true });
  Object.defineProperty(method, 'length', { value: original.length, configurable: true });
  Object.defineProperty(method, SHARED, { value: shared });
  shared.restore = put(method);
  return shared;
}

function add<Part>(shared: Shared, parts: Part[], part: Part): () => void {
  parts.push(part);
  compose(shared);
  return () => {
    const at = parts.indexOf(part);
    if (at < 0) return;
    parts.splice(at, 1);
    compose(shared);
    if (shared.replacements.length + shared.listeners.length === 0) shared.restore();
  };
}

function compose(shared: Shared): void {
  shared.run = shared.replacements.reduce<Method>(
    (inner, replacement) =>
      function (this: never, ...args: unknown[]) {
        return Reflect.apply(replacement, this, [inner, args]);
      },
    shared.original,
  );
}

function place(
  target: object,
  name: string | symbol,
  method: Method,
  before: PropertyDescriptor | undefined,
  original: Method,
): () => void {
  if (before?.set !== undefined) {
    // Somebody watches the property, as triggers.ts does with process.emit, and must go on seeing it looked up.
    const { get, set } = before;
    set.call(target, method);
    return () => {
      if (get?.call(target) === method) set.call(target, original);
    };
  }
  Object.defineProperty(target, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: before?.enumerable ?? false,
  });
  return () => {
    if (Object.getOwnPropertyDescriptor(target, name)?.value !== method) return;
    if (before === undefined) delete (target as Record<string | symbol, unknown>)[name];
    else Object.defineProperty(target, name, before);
  };
}
