// Puts a method in place of another so that it can hardly be told apart, and back.

export type Method = (this: never, ...args: unknown[]) => unknown;

/** What runs instead; it is given the method that it stands for. */
export type Replacement<This> = (this: This, original: Method, args: unknown[]) => unknown;

/**
 * Replaces a method of an object, own or inherited.
 * @returns a function that puts it back, unless somebody has replaced it again since
 */
export function replaceMethod<This extends object>(
  target: object,
  name: string | symbol,
  replacement: Replacement<This>,
): () => void {
  const original = (target as Record<string | symbol, unknown>)[name];
  if (typeof original !== 'function') return () => {};
  const before = Object.getOwnPropertyDescriptor(target, name);
  const method = function (this: This, ...args: unknown[]) {
    return Reflect.apply(replacement, this, [original as Method, args]);
  };
  Object.defineProperty(method, 'name', { value: original.name, configurable: true });
  Object.defineProperty(method, 'length', { value: original.length, configurable: true });
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
