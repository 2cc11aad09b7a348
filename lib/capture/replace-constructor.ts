// Puts a constructor in place of a built-in one, so that what it makes can be looked at; and back. Copies of abtrace in
// one process share what they put there, as in replace-method.ts.

/** A constructor of the language: called without `new`, it throws or does something of its own. */
// biome-ignore lint/complexity/noBannedTypes: the type that Reflect.construct has for it
type Constructor = Function & { prototype: object };

/** Is told of each object that was made, and with how many arguments; must not throw. */
export type MadeListener = (made: object, argumentCount: number) => void;

/** Stands on a constructor that was put in place of another. */
const SHARED: unique symbol = Symbol.for('abtrace.constructor.1') as never;

interface Shared {
  listeners: MadeListener[];
  restore: () => void;
}

/**
 * Replaces the constructor that `holder` has under a name, there and as the `constructor` of its prototype. What is
 * made, thrown and inherited is what would be without us: name, length, prototype and statics, classes that extend it,
 * `Reflect.construct` with a `newTarget`, calls without `new`.
 * @returns a function that puts it back, unless somebody has replaced it again since
 */
export function watchConstructor(holder: object, name: string, listener: MadeListener): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  const plain = before?.value as (Constructor & { [SHARED]?: Shared }) | undefined;
  if (typeof plain !== 'function' || before?.configurable !== true) return () => {};
  const shared = plain[SHARED] ?? install(holder, name, before, plain);
  shared.listeners.push(listener);
  return () => {
    const at = shared.listeners.indexOf(listener);
    if (at < 0) return;
    shared.listeners.splice(at, 1);
    if (shared.listeners.length === 0) shared.restore();
  };
}

function install(holder: object, name: string, before: PropertyDescriptor, plain: Constructor): Shared {
  const listeners: MadeListener[] = [];
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return Reflect.apply(plain, this, args);
    const made = construct(plain, args, new.target === watched ? plain : new.target);
    for (let i = 0; i < listeners.length; i += 1) (listeners[i] as MadeListener)(made, args.length);
    return made;
  } as unknown as Constructor;
  copyStatics(plain, watched);
  const shared: Shared = { listeners, restore: () => {} };
  Object.defineProperty(watched, SHARED, { value: shared });
  const { prototype } = plain;
  const constructorBefore = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  Object.defineProperty(holder, name, { ...before, value: watched });
  const isOwn = constructorBefore?.value === plain && constructorBefore.configurable === true;
  if (isOwn) Object.defineProperty(prototype, 'constructor', { ...constructorBefore, value: watched });
  shared.restore = () => {
    if (Object.getOwnPropertyDescriptor(holder, name)?.value === watched)
      Object.defineProperty(holder, name, before);
    if (isOwn && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value === watched)
      Object.defineProperty(prototype, 'constructor', constructorBefore);
  };
  return shared;
}

/** What `Reflect.construct` does; most by far are made with one argument, which is faster without an array. */
function construct(plain: Constructor, args: unknown[], target: object): object {
  if (args.length === 1 && target === plain)
    return new (plain as unknown as new (only: unknown) => object)(args[0]);
  return Reflect.construct(plain, args, target as Constructor) as object;
}

function copyStatics(plain: Constructor, watched: Constructor): void {
  Object.setPrototypeOf(watched, Object.getPrototypeOf(plain));
  for (const key of Reflect.ownKeys(plain)) {
    const descriptor = Object.getOwnPropertyDescriptor(plain, key) as PropertyDescriptor;
    // What methods such as `slice` make is made by the plain one, as if we were not there.
    if (key === Symbol.species && descriptor.get !== undefined) {
      const species = descriptor.get;
      const get = function (this: unknown) {
        return this === watched ? plain : Reflect.apply(species, this, []);
      };
      Object.defineProperty(get, 'name', { value: species.name, configurable: true });
      descriptor.get = get;
    }
    Object.defineProperty(watched, key, descriptor);
  }
}
