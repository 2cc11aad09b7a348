// What no asynchronous hook tells of, watched all at once: requests of undici, ports, emitters, streams that are split.
import { kShared, kStack, type NativeAddon } from '../native';
import { takeOver } from './adoption';
import { kContext } from './carriers';
import { watchEmitters } from './emitters';
import { watchMessagePorts } from './message-ports';
import { runInContext } from './run-in-context';
import { watchTee } from './tee';
import { watchUndici } from './undici-channels';

/**
 * @param shared the array that this thread shares with the addon
 * @param deliver is told that what is on a tab has been handed to code of a context
 * @returns a function that undoes it
 */
export function watchUnhooked(
  native: NativeAddon,
  shared: Int32Array,
  deliver: (tab: number, context: number) => void,
): () => void {
  const contextOfCaller = () => {
    const context = native.captureContext();
    return context > 0 && ((shared[kShared.userFrame] as number) & kStack.userCode) !== 0 ? context : 0;
  };
  const undo = [
    watchUndici(() => native.captureContext()),
    watchMessagePorts((resource) => {
      const context = contextOfCaller();
      if (context !== 0) resource[kContext] = context;
    }),
    watchEmitters(
      contextOfCaller,
      (context) => {
        const tab = shared[kShared.tab] as number;
        if (tab !== 0) deliver(tab, context);
      },
      (stream, event, context) => takeOver(native, stream, event, context),
    ),
    watchTee(contextOfCaller, (context, step) => {
      const outer = shared[kShared.forced] as number;
      shared[kShared.forced] = 1;
      try {
        return runInContext(shared, context, step);
      } finally {
        shared[kShared.forced] = outer;
      }
    }),
  ];
  return () => {
    for (const step of undo) step();
  };
}
