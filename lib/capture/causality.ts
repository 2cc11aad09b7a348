// Follows asynchronous work: gives every asynchronous resource a context (its cause and label, one small number that
// the addon interns) and tells the addon which context runs now. Holds nothing per resource but that number.
//
// The rule, and where it is applied:
//
//   created (init)    user code on the stack?  ── yes ─► the context of that stack
//                                               └─ no ──► the context that runs now
//   runs (before)     the stream it serves has a context of its own? ── yes ─► that one
//                                                                     └─ no ──► the resource's
//   allocation        user code on the stack?  ── yes ─► its stack says it all
//                                               └─ no ──► the context that runs now; without any JavaScript, the
//                                                         context of the next callback that runs on this thread
import { type AsyncHook, createHook, executionAsyncResource } from 'node:async_hooks';
import type { NativeAddon } from '../native';
import { kShared } from '../native';
import {
  contextOfParser,
  giveContext,
  isParser,
  kContext,
  markParser,
  type Resource,
  streamsIn,
} from './carriers';
import { watchMessagePorts } from './message-ports';
import { watchUndici } from './undici-channels';

export interface Causality {
  stop(): void;
}

/** Callbacks nest only as deep as native code calls back into JavaScript; beyond this something was not undone. */
const DEEPEST = 10_000;

/**
 * Starts following asynchronous work on this thread.
 * @param shared the array that this thread shares with the addon
 */
export function followCauses(native: NativeAddon, shared: Int32Array): Causality {
  const outer: number[] = [];

  function init(_asyncId: number, type: string, _triggerId: number, resource: Resource): void {
    const context = native.captureContext();
    if (context < 0) {
      stop();
      return;
    }
    try {
      if (context !== 0) resource[kContext] = context;
      markParser(resource, type);
      // A stream that user code subscribes to, iterates or pipes starts to flow in a tick that names it.
      if (type === 'TickObject' && shared[kShared.userFrame] === 1) {
        for (const stream of streamsIn(resource)) giveContext(stream, context);
      }
    } catch {
      // A resource that takes no properties (frozen, or a proxy that refuses) goes without a context.
    }
  }

  function before(): void {
    const resource = executionAsyncResource() as Resource;
    const context = (isParser(resource) ? contextOfParser(resource) : resource[kContext]) ?? 0;
    if (outer.length >= DEEPEST) outer.length = 0;
    outer.push(shared[kShared.context] as number);
    shared[kShared.context] = context;
    if (shared[kShared.pending] !== 0) native.settlePending(context);
  }

  function after(): void {
    shared[kShared.context] = outer.pop() ?? 0;
  }

  const hook: AsyncHook = createHook({ init: init as never, before, after });
  const unwatchUndici = watchUndici(() => native.captureContext());
  const unwatchPorts = watchMessagePorts((resource) => {
    const context = native.captureContext();
    if (context > 0 && shared[kShared.userFrame] === 1) resource[kContext] = context;
  });
  hook.enable();

  function stop(): void {
    hook.disable();
    unwatchUndici();
    unwatchPorts();
    shared[kShared.context] = 0;
  }
  return { stop };
}
