// Tells the addon of the small Buffers that Node cuts from a slab (8 KiB, later 64 KiB, or what `Buffer.poolSize` says),
// where it notes them: native/core/slab_watch.h says which slabs, and native/core/slab_notes.h what for. Must never throw
// into the program, nor let it see a difference.
//
//   Buffer.from('…') ─► Node's own ─► cuts it from the slab, which may be new: then the hook has set `made`
//        └─ after it: made or noting? ─► noteCut: begins a slab; who called?
import { kShared, type NativeAddon } from '../native';
import { type Replacement, replaceMethod } from './replace-method';

/** What cuts from slabs, in Node 20 to 26; some call another of them, which is told of first. */
const CUTTERS = ['from', 'allocUnsafe', 'concat', 'copyBytesFrom'] as const;

/**
 * Starts noting on this thread.
 * @param shared the array that this thread shares with the addon
 * @returns a function that undoes it
 */
export function watchSlabs(native: NativeAddon, shared: Int32Array): () => void {
  const undo = CUTTERS.map((name) => {
    const note: Replacement<object> = function (this: object, original, args) {
      shared[kShared.made] = 0;
      const cut = Reflect.apply(original, this as never, args);
      if (shared[kShared.made] !== 0 || shared[kShared.noting] !== 0) native.noteCut(cut);
      return cut;
    };
    // The same, but with `arguments` and without a call more, which V8 makes into as good as nothing.
    return replaceMethod(
      Buffer,
      name,
      note,
      (original, isAlone, general) =>
        function (this: never) {
          // biome-ignore lint/complexity/noArguments: an array of them would cost more than what is called
          const given = arguments as never;
          if (!isAlone()) return Reflect.apply(general, this, given);
          shared[kShared.made] = 0;
          const cut = Reflect.apply(original, this, given);
          if (shared[kShared.made] !== 0 || shared[kShared.noting] !== 0) native.noteCut(cut);
          return cut;
        },
    );
  });
  return () => {
    for (const step of undo) step();
  };
}
