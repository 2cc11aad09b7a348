// Notes where memory that can grow is made and where it grows: WebAssembly.Memory, resizable ArrayBuffers, growable
// shared ones. None of it passes the allocator. Must never throw into the program, nor keep anything alive.
//
//   new WebAssembly.Memory, memory.grow          noted as `wasm`
//   exports of a module that is instantiated     noted as `wasm`, by who instantiates it
//   new ArrayBuffer(n, { maxByteLength }), resize, transfer             noted as `resizable`
//   new SharedArrayBuffer(n, { maxByteLength }), grow                   noted as `shared`
//   new SharedArrayBuffer(n)                     has passed the allocator; its site learns that it is `shared`
//
// What grows otherwise (an instruction of the module's own) is found when a dump is taken, see native/page_stores.h.
import { kKind, type NativeAddon } from '../native';
import { watchConstructor } from './replace-constructor';
import { type Method, replaceMethod } from './replace-method';

/** Tells the addon to take the context of the code that runs now. */
const CURRENT_CONTEXT = -1;

interface WasmNamespace {
  Memory: { prototype: object };
  Instance: { prototype: object };
}

/**
 * Starts noting on this thread.
 * @param causes whether contexts are followed: what is instantiated asynchronously then belongs to who asked for it
 * @returns a function that undoes it
 */
export function watchGrowable(native: NativeAddon, causes: boolean): () => void {
  const note = (buffer: unknown, kind: number, context: number) => {
    if (buffer !== undefined) native.notePages(buffer as ArrayBufferLike, kind, context);
  };
  return combine([...watchBuffers(native, note), ...watchWasm(native, note, causes)]);
}

type Note = (buffer: unknown, kind: number, context: number) => void;

function watchBuffers(native: NativeAddon, note: Note): (() => void)[] {
  const isResizable = getterOf(ArrayBuffer.prototype, 'resizable');
  const isGrowable = getterOf(SharedArrayBuffer.prototype, 'growable');
  const noteResizable = (buffer: unknown) =>
    quietly(() => {
      if (isResizable(buffer) === true) note(buffer, kKind.resizable, CURRENT_CONTEXT);
    });
  const after = (prototype: object, name: string, work: (self: unknown, result: unknown) => void) =>
    replaceMethod(prototype, name, function (this: object, original, args) {
      const result = call(original, this, args);
      work(this, result);
      return result;
    });
  return [
    watchConstructor(globalThis, 'ArrayBuffer', (made, argumentCount) => {
      if (argumentCount > 1) noteResizable(made);
    }),
    watchConstructor(globalThis, 'SharedArrayBuffer', (made) => {
      quietly(() => {
        if (isGrowable(made) === true) note(made, kKind.shared, CURRENT_CONTEXT);
        else native.noteShared(made as SharedArrayBuffer);
      });
    }),
    after(ArrayBuffer.prototype, 'resize', noteResizable),
    after(ArrayBuffer.prototype, 'transfer', (_self, result) => noteResizable(result)),
    after(SharedArrayBuffer.prototype, 'grow', (self) =>
      quietly(() => note(self, kKind.shared, CURRENT_CONTEXT)),
    ),
  ];
}

function watchWasm(native: NativeAddon, note: Note, causes: boolean): (() => void)[] {
  const wasm = (globalThis as { WebAssembly?: WasmNamespace }).WebAssembly;
  // `node --jitless` has no WebAssembly.
  if (wasm === undefined) return [];
  const bufferOf = getterOf(wasm.Memory.prototype, 'buffer');
  const exportsOf = getterOf(wasm.Instance.prototype, 'exports');
  const noteMemory = (memory: unknown, context: number) =>
    quietly(() => note(bufferOf(memory), kKind.wasm, context));
  const noteInstance = (instance: unknown, context: number) =>
    quietly(() => {
      // The exports of a module are data properties of a frozen object: reading them runs no code.
      for (const exported of Object.values(exportsOf(instance) ?? {})) noteMemory(exported, context);
    });
  const instantiating = (name: string) =>
    replaceMethod(wasm, name, function (this: object, original, args) {
      const context = causes ? native.captureContext() : CURRENT_CONTEXT;
      const promise = call(original, this, args) as Promise<unknown>;
      return promise.then((result) => {
        noteInstance((result as { instance?: unknown }).instance ?? result, context);
        return result;
      });
    });
  return [
    watchConstructor(wasm, 'Memory', (made) => noteMemory(made, CURRENT_CONTEXT)),
    watchConstructor(wasm, 'Instance', (made) => noteInstance(made, CURRENT_CONTEXT)),
    replaceMethod(wasm.Memory.prototype, 'grow', function (this: object, original, args) {
      const pages = call(original, this, args);
      noteMemory(this, CURRENT_CONTEXT);
      return pages;
    }),
    instantiating('instantiate'),
    instantiating('instantiateStreaming'),
  ];
}

/** The getter of a property as a function; it gives undefined for objects that the property is not of. */
function getterOf(prototype: object, name: string): (of: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (of) => {
    if (get === undefined || typeof of !== 'object' || of === null) return undefined;
    try {
      return Reflect.apply(get, of, []);
    } catch {
      return undefined;
    }
  };
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Then this memory is not noted; the coverage shows it as not explained.
  }
}

function call(method: Method, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(method, self as never, args);
}

function combine(undo: (() => void)[]): () => void {
  return () => {
    for (const step of undo) step();
  };
}
